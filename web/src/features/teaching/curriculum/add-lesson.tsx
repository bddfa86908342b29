import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { navigate } from "@/lib/router";
import { text, useForm } from "@/lib/use-form";
import { addLesson, type LessonKind } from "../api/lessons";
import { useOnce } from "../use-once";
import { KINDS } from "../words";

interface AddProps {
  courseId: string;
  moduleId: string;
  moduleTitle: string;
}

/** A new lesson at the end of a module; it is written on the page of its own that opens then. */
export function AddLesson({ courseId, moduleId, moduleTitle }: AddProps) {
  const once = useOnce();
  const form = useForm(async (data) => {
    const body = { title: text(data, "title"), kind: text(data, "kind") as LessonKind };
    const lesson = await once(body, (headers) => addLesson(moduleId, body, headers));
    navigate(`/teach/${courseId}/lessons/${lesson.id}`);
  });
  return (
    <form className="teach-add" onSubmit={form.onSubmit} aria-label={`Add a lesson to ${moduleTitle}`}>
      <Field label="New lesson" name="title" required maxLength={200} error={form.fieldError("title")} />
      <Select label="Kind" name="kind" options={KINDS} error={form.fieldError("kind")} />
      <button type="submit" className="button" disabled={form.busy}>
        Add the lesson
      </button>
      <ErrorNotice error={form.error} />
    </form>
  );
}
