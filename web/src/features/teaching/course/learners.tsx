import { useCallback, useRef, useState } from "react";
import { Field } from "@/components/field";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice, Loading } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { endEnrolment, enrol, listEnrolments, type Learner } from "../api/people";
import { ConfirmDialog } from "../confirm-dialog";
import { useOnce } from "../use-once";

const day = (moment: string) => new Date(moment).toLocaleDateString();

/** Who is enrolled, and a way in for others. */
export function Learners({ courseId }: { courseId: string }) {
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listEnrolments(courseId, cursor, signal),
    [courseId],
  );
  const learners = usePages(load);
  return (
    <section className="panel teach-card" aria-label="Learners">
      <h2>Learners</h2>
      <Add courseId={courseId} onAdded={learners.reload} />
      {!learners.loaded && <Loading what="who is enrolled" />}
      {learners.loaded && !learners.error && learners.items.length === 0 && <p>Nobody is enrolled yet.</p>}
      <ul className="teach-list">
        {learners.items.map((learner) => (
          <Row key={learner.id} learner={learner} onChanged={learners.reload} />
        ))}
      </ul>
      <MoreButton pages={learners} />
    </section>
  );
}

function stateOf(learner: Learner): string {
  const parts = [`since ${day(learner.enrolledAt)}`];
  if (learner.completedAt) parts.push(`completed ${day(learner.completedAt)}`);
  if (learner.endedAt) parts.push(`ended ${day(learner.endedAt)}`);
  else if (!learner.entitled) parts.push("no longer let in");
  else if (learner.accessEndsAt) parts.push(`until ${day(learner.accessEndsAt)}`);
  return parts.join(" · ");
}

function Row({ learner, onChanged }: { learner: Learner; onChanged: () => void }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="teach-row teach-lesson">
      <span>
        {learner.displayName} <span className="teach-note">{learner.email}</span>
      </span>
      <span className="teach-note">{stateOf(learner)}</span>
      {!learner.endedAt && (
        <button type="button" className="button" aria-label={`End the enrolment of ${learner.displayName}`} onClick={() => setAsking(true)}>
          End
        </button>
      )}
      {asking && (
        <ConfirmDialog
          title="End this enrolment?"
          act="End it"
          onConfirm={async () => (await endEnrolment(learner.id), onChanged())}
          onClose={() => setAsking(false)}
        >
          {learner.displayName} will no longer be let in.
        </ConfirmDialog>
      )}
    </li>
  );
}

function Add({ courseId, onAdded }: { courseId: string; onAdded: () => void }) {
  const sent = useRef<HTMLFormElement>(null);
  const once = useOnce();
  const form = useForm(async (data) => {
    const end = text(data, "endsAt");
    const body = { email: text(data, "email"), endsAt: end ? new Date(end).toISOString() : null };
    await once(body, (headers) => enrol(courseId, body, headers));
    sent.current?.reset();
    onAdded();
  });
  return (
    <form ref={sent} className="teach-form" onSubmit={form.onSubmit} aria-label="Enrol somebody">
      <div className="teach-pair">
        <Field label="E-mail address" name="email" type="email" required error={form.fieldError("email")} />
        <Field label="Until" name="endsAt" type="datetime-local" error={form.fieldError("endsAt")} hint="Empty: without an end." />
      </div>
      <ErrorNotice error={form.error} />
      <p className="teach-acts">
        <button type="submit" className="button" disabled={form.busy}>
          Enrol them
        </button>
        <span role="status">{form.done && "They are enrolled."}</span>
      </p>
    </form>
  );
}
