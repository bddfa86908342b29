import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { SaveLine } from "./save-line";

interface RenameProps {
  title: string;
  name: string;
  onRename: (name: string) => Promise<unknown>;
  onClose: () => void;
}

/** Ask for another name. */
export function RenameDialog({ title, name, onRename, onClose }: RenameProps) {
  const form = useForm(async (data) => {
    await onRename(text(data, "title"));
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <form className="teach-form" onSubmit={form.onSubmit}>
        <Field label="Title" name="title" defaultValue={name} required maxLength={200} error={form.fieldError("title")} />
        <ErrorNotice error={form.error} />
        <SaveLine form={form} />
      </form>
    </Dialog>
  );
}
