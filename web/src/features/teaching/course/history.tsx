import { useCallback, useRef, useState } from "react";
import { Field } from "@/components/field";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice, Loading } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { keepRevision, listRevisions, restoreRevision, type MadeCourse, type Revision } from "../api/archive";
import type { Course } from "../api/courses";
import { ConfirmDialog } from "../confirm-dialog";
import { Warnings } from "../warnings";
import { Copies } from "./copies";

/** What the course was, and what can be made of it. */
export function History({ course, onChanged }: { course: Course; onChanged: () => void }) {
  return (
    <>
      <Revisions courseId={course.id} onChanged={onChanged} />
      <Copies course={course} />
    </>
  );
}

function Revisions({ courseId, onChanged }: { courseId: string; onChanged: () => void }) {
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listRevisions(courseId, cursor, signal),
    [courseId],
  );
  const revisions = usePages(load);
  const [warnings, setWarnings] = useState<MadeCourse["warnings"]>([]);
  const restore = async (number: number) => {
    setWarnings((await restoreRevision(courseId, number)).warnings);
    revisions.reload();
    onChanged();
  };
  return (
    <section className="panel teach-card" aria-label="Revisions">
      <h2>Revisions</h2>
      <Keep courseId={courseId} onKept={revisions.reload} />
      <Warnings warnings={warnings}>It is as it was, but not all of it:</Warnings>
      {!revisions.loaded && <Loading what="the revisions" />}
      <ul className="teach-list">
        {revisions.items.map((revision) => (
          <Row key={revision.number} revision={revision} onRestore={() => restore(revision.number)} />
        ))}
      </ul>
      <MoreButton pages={revisions} />
    </section>
  );
}

function Row({ revision, onRestore }: { revision: Revision; onRestore: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="teach-row teach-lesson">
      <span>
        {revision.number}. {revision.reason}
      </span>
      <span className="teach-note">
        {new Date(revision.createdAt).toLocaleString()} {revision.author?.displayName}
      </span>
      <button type="button" className="button" aria-label={`Go back to revision ${revision.number}`} onClick={() => setAsking(true)}>
        Go back to it
      </button>
      {asking && (
        <ConfirmDialog title="Go back to this revision?" act="Go back" onConfirm={onRestore} onClose={() => setAsking(false)}>
          The course becomes as it was. As it is now, it is kept as a revision, too.
        </ConfirmDialog>
      )}
    </li>
  );
}

function Keep({ courseId, onKept }: { courseId: string; onKept: () => void }) {
  const sent = useRef<HTMLFormElement>(null);
  const form = useForm(async (data) => {
    await keepRevision(courseId, text(data, "note"));
    sent.current?.reset();
    onKept();
  });
  return (
    <form ref={sent} className="teach-add" onSubmit={form.onSubmit} aria-label="Keep the course as it is">
      <Field label="Keep it as it is now, under the words" name="note" required maxLength={200} error={form.fieldError("note")} />
      <button type="submit" className="button" disabled={form.busy}>
        Keep
      </button>
      <ErrorNotice error={form.error} />
    </form>
  );
}
