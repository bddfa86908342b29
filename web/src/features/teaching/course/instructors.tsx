import { useCallback, useRef } from "react";
import { Field } from "@/components/field";
import { Icon } from "@/components/icon";
import { ErrorNotice, Loading } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { useResource } from "@/lib/use-resource";
import { addInstructor, listInstructors, removeInstructor, setInstructor, type Instructor, type Permission } from "../api/people";

const PERMISSIONS = [
  ["edit", "Edit"],
  ["publish", "Publish"],
  ["enrol", "Enrol learners"],
  ["grade", "Grade"],
] as const satisfies readonly (readonly [Permission, string])[];

const chosen = (data: FormData) => data.getAll("permissions") as Permission[];

/** Who teaches along, and what they may do; `choose`: the reader may change that. */
export function Instructors({ courseId, choose }: { courseId: string; choose: boolean }) {
  const load = useCallback((signal: AbortSignal) => listInstructors(courseId, signal), [courseId]);
  const { data, error, reload } = useResource(load);
  return (
    <section className="panel teach-card" aria-label="Co-instructors">
      <h2>Co-instructors</h2>
      {!data && !error && <Loading what="who teaches along" />}
      <ErrorNotice error={error} />
      {data?.length === 0 && <p>Nobody teaches along yet.</p>}
      <ul className="teach-list">
        {data?.map((person) => (
          <Row key={`${person.id} ${person.permissions.join()}`} courseId={courseId} person={person} choose={choose} onChanged={reload} />
        ))}
      </ul>
      {choose && <Add courseId={courseId} onAdded={reload} />}
    </section>
  );
}

function Boxes({ held }: { held: readonly Permission[] }) {
  return (
    <span className="teach-acts">
      {PERMISSIONS.map(([name, title]) => (
        <label key={name} className="teach-right">
          <input type="checkbox" name="permissions" value={name} defaultChecked={held.includes(name)} /> {title}
        </label>
      ))}
    </span>
  );
}

interface RowProps {
  courseId: string;
  person: Instructor;
  choose: boolean;
  onChanged: () => void;
}

function Row({ courseId, person, choose, onChanged }: RowProps) {
  const form = useForm(async (data) => {
    await setInstructor(courseId, person.id, chosen(data));
    onChanged();
  });
  const { busy, error, run } = useAction();
  const remove = () => void run(async () => (await removeInstructor(courseId, person.id), onChanged()));
  return (
    <li className="teach-lesson">
      <form className="teach-row" onSubmit={form.onSubmit} aria-label={person.displayName}>
        <span>{person.displayName}</span>
        <fieldset className="teach-form" disabled={!choose}>
          <legend className="visually-hidden">What {person.displayName} may do</legend>
          <Boxes held={person.permissions} />
        </fieldset>
        {choose && (
          <span className="teach-acts">
            <button type="submit" className="button" disabled={form.busy}>
              Save
            </button>
            <button
              type="button"
              className="button ghost square"
              aria-label={`Remove ${person.displayName}`}
              disabled={busy}
              onClick={remove}
            >
              <Icon name="close" />
            </button>
          </span>
        )}
        <ErrorNotice error={error ?? form.error} />
      </form>
    </li>
  );
}

function Add({ courseId, onAdded }: { courseId: string; onAdded: () => void }) {
  const sent = useRef<HTMLFormElement>(null);
  const form = useForm(async (data) => {
    await addInstructor(courseId, { email: text(data, "email"), permissions: chosen(data) });
    sent.current?.reset();
    onAdded();
  });
  return (
    <form ref={sent} className="teach-form" onSubmit={form.onSubmit} aria-label="Add a co-instructor">
      <Field label="Their e-mail address" name="email" type="email" required error={form.fieldError("email")} />
      <fieldset className="teach-group">
        <legend>What they may do</legend>
        <Boxes held={["edit"]} />
      </fieldset>
      <ErrorNotice error={form.error} />
      <p className="teach-acts">
        <button type="submit" className="button" disabled={form.busy}>
          Let them teach along
        </button>
        <span role="status">{form.done && "They teach along now."}</span>
      </p>
    </form>
  );
}
