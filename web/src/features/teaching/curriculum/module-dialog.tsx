import { useState } from "react";
import { isProblem } from "@/api/client";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { changeModule, getCurriculum, type HeldModule, type ModulePatch } from "../api/curriculum";
import { Opening, openingOf } from "../opening";
import { SaveLine } from "../save-line";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";

const facts = ({ module: { title, summary, opensAt, opensAfterDays } }: HeldModule) => ({
  title,
  summary,
  opensAt,
  opensAfterDays,
});

const filled = (data: FormData): ModulePatch => ({
  title: text(data, "title"),
  summary: text(data, "summary"),
  ...openingOf(data),
});

async function newest({ module: { id, courseId } }: HeldModule): Promise<HeldModule> {
  const { modules, revision } = await getCurriculum(courseId);
  const module = modules.find((one) => one.id === id);
  if (!module) throw new Error("This module has been deleted meanwhile.");
  return { module, revision };
}

interface DialogProps {
  first: HeldModule;
  onSaved: () => void;
  onClose: () => void;
}

/** What a module is called and about, and when it opens. Closes by itself when that has been saved. */
export function ModuleDialog({ first, onSaved, onClose }: DialogProps) {
  const [held, setHeld] = useState(first);
  const [version, setVersion] = useState(0);
  const loadNewest = async () => {
    setHeld(await newest(held));
    setVersion(version + 1);
  };
  const done = () => (onSaved(), onClose());
  return (
    <Dialog title="Edit the module" onClose={onClose}>
      <ModuleForm key={version} held={held} onSaved={done} onNewest={loadNewest} />
    </Dialog>
  );
}

interface FormProps {
  held: HeldModule;
  onSaved: () => void;
  /** Throws away what was typed. */
  onNewest: () => Promise<void>;
}

function ModuleForm({ held, onSaved, onNewest }: FormProps) {
  const { module } = held;
  const stale = <Stale what="this module" onNewest={onNewest} />;
  const form = useForm(async (data) => {
    const wanted = filled(data);
    await unlessStale(held, (base) => changeModule(base, wanted), () => newest(held), facts);
    onSaved();
  });
  return (
    <form className="teach-form" onSubmit={form.onSubmit} aria-label="Module">
      <Field label="Title" name="title" defaultValue={module.title} required maxLength={200} error={form.fieldError("title")} />
      <Field
        label="Summary"
        name="summary"
        defaultValue={module.summary}
        maxLength={500}
        error={form.fieldError("summary")}
        hint="What it is about, for those who look at the course."
      />
      <Opening of={module} fieldError={form.fieldError} />
      {isProblem(form.error, "request.stale") ? stale : <ErrorNotice error={form.error} />}
      <SaveLine form={form} />
    </form>
  );
}
