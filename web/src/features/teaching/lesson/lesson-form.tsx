import { isProblem } from "@/api/client";
import { Checkbox } from "@/components/checkbox";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { TextArea } from "@/components/text-area";
import { text, useForm } from "@/lib/use-form";
import { changeLesson, type LessonPatch } from "../api/lessons";
import { Opening, openingOf } from "../opening";
import { SaveLine } from "../save-line";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";
import type { Held } from "./lesson-page";

const facts = ({ lesson: { title, body, preview, minutes, opensAt, opensAfterDays } }: Held) => ({
  title,
  body,
  preview,
  minutes,
  opensAt,
  opensAfterDays,
});

function filled(data: FormData): LessonPatch {
  const minutes = text(data, "minutes");
  return {
    title: text(data, "title"),
    body: text(data, "body"),
    preview: data.has("preview"),
    minutes: minutes ? Number(minutes) : null,
    ...openingOf(data),
  };
}

interface FormProps {
  held: Held;
  again: () => Promise<Held>;
  onSaved: (held: Held) => void;
  /** Throws away what was typed. */
  onNewest: () => Promise<void>;
}

/** What every lesson has: title, text, when it opens and for whom. */
export function LessonForm({ held, again, onSaved, onNewest }: FormProps) {
  const { lesson, course } = held;
  const form = useForm(async (data) => {
    const wanted = filled(data);
    await unlessStale(held, (base) => changeLesson(lesson.id, wanted, base.course), again, facts);
    onSaved(await again());
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label="Lesson">
      <fieldset className="teach-form" disabled={!course.mine?.permissions.includes("edit")}>
        <legend className="visually-hidden">The lesson</legend>
        <h2>Lesson</h2>
        <Field label="Title" name="title" defaultValue={lesson.title} required maxLength={200} error={form.fieldError("title")} />
        <TextArea
          label={lesson.kind === "text" ? "Text" : "Text beside it"}
          name="body"
          rows={lesson.kind === "text" ? 16 : 5}
          defaultValue={lesson.body}
          error={form.fieldError("body")}
          hint="Markdown. Once it is saved, it is shown below as learners see it."
        />
        <div className="teach-pair">
          <Field
            label="Minutes"
            name="minutes"
            type="number"
            min={1}
            max={10_000}
            defaultValue={lesson.minutes ?? ""}
            error={form.fieldError("minutes")}
            hint="How long it takes, if that is to be said."
          />
          <Opening of={lesson} fieldError={form.fieldError} />
        </div>
        <Checkbox label="Preview" name="preview" defaultChecked={lesson.preview} hint="Open for everyone, also who is not enrolled." />
        {isProblem(form.error, "request.stale") ? <Stale what="this lesson" onNewest={onNewest} /> : <ErrorNotice error={form.error} />}
        <SaveLine form={form} />
      </fieldset>
    </form>
  );
}
