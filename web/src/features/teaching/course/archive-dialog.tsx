import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { archiveCourse } from "../api/review";

interface ArchiveProps {
  courseId: string;
  isAdmin: boolean;
  onArchived: () => void;
  onClose: () => void;
}

/** Ask before a course leaves the catalogue, and an admin why: a reason takes it down. */
export function ArchiveDialog({ courseId, isAdmin, onArchived, onClose }: ArchiveProps) {
  const form = useForm(async (data) => {
    await archiveCourse(courseId, text(data, "reason") || null);
    onArchived();
    onClose();
  });
  return (
    <Dialog title="Archive this course?" onClose={onClose}>
      <form className="teach-form" onSubmit={form.onSubmit} aria-label="Archive this course">
        <p>It leaves the catalogue. Those who are enrolled keep it, and you can bring it back.</p>
        {isAdmin && (
          <Field
            label="Reason to take it down"
            name="reason"
            maxLength={500}
            error={form.fieldError("reason")}
            hint="Those who teach it read it, and only an admin brings it back. Empty: it is only archived."
          />
        )}
        <ErrorNotice error={form.error} />
        <p className="teach-acts">
          <button type="submit" className="button danger" disabled={form.busy}>
            Archive
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </form>
    </Dialog>
  );
}
