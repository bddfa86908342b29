import { useCallback, useState } from "react";
import { isProblem } from "@/api/client";
import { Field } from "@/components/field";
import { Icon } from "@/components/icon";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice, Loading } from "@/components/notice";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { findCourses, getCourse, setPrerequisites, type Course } from "../api/courses";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";

const required = ({ prerequisites }: Course): string[] => prerequisites.map(({ id }) => id);

/** The courses that are completed before this one. */
export function Before({ course, onChanged }: { course: Course; onChanged: () => void }) {
  const [base, setBase] = useState(course);
  const { busy, error, run } = useAction();
  const begin = (newest: Course) => (setBase(newest), onChanged());
  const set = async (ids: string[]) => {
    begin(await unlessStale(base, (of) => setPrerequisites(of, ids), () => getCourse(base.id), required));
  };
  const ids = required(base);
  const add = (id: string) => void run(() => set([...ids, id]));
  const remove = (id: string) => void run(() => set(ids.filter((one) => one !== id)));
  const edits = base.mine?.permissions.includes("edit");
  return (
    <section className="panel teach-card" aria-label="What comes before">
      <h2>What comes before</h2>
      <p className="field-hint">Who enrols has to have completed these courses. Those whom you enrol need not.</p>
      {base.prerequisites.length === 0 && <p>No course comes before this one.</p>}
      <ul className="teach-list">
        {base.prerequisites.map(({ id, slug, title }) => (
          <li key={id} className="teach-row teach-lesson">
            <Link href={`/courses/${slug}`}>{title}</Link>
            {edits && (
              <button
                type="button"
                className="button ghost square"
                aria-label={`Remove ${title}`}
                disabled={busy}
                onClick={() => remove(id)}
              >
                <Icon name="close" />
              </button>
            )}
          </li>
        ))}
      </ul>
      {isProblem(error, "request.stale") ? (
        <Stale what="what comes before" onNewest={() => run(async () => begin(await getCourse(base.id)))} />
      ) : (
        <ErrorNotice error={error} />
      )}
      {edits && <Find taken={[base.id, ...ids]} busy={busy} onTake={add} />}
    </section>
  );
}

interface FindProps {
  /** These are not offered. */
  taken: readonly string[];
  busy: boolean;
  onTake: (courseId: string) => void;
}

function Find({ taken, busy, onTake }: FindProps) {
  const [sought, setSought] = useState("");
  const form = useForm(async (data) => setSought(text(data, "q")));
  return (
    <>
      <form className="teach-add" onSubmit={form.onSubmit} role="search" aria-label="Find a course to come before">
        <Field label="Find a published course by its title or category" name="q" type="search" required maxLength={100} />
        <button type="submit" className="button">
          Find
        </button>
      </form>
      {sought && <Found sought={sought} taken={taken} busy={busy} onTake={onTake} />}
    </>
  );
}

function Found({ sought, taken, busy, onTake }: FindProps & { sought: string }) {
  const load = useCallback((cursor: string | undefined, signal: AbortSignal) => findCourses(sought, cursor, signal), [sought]);
  const courses = usePages(load);
  const items = courses.items.filter(({ id }) => !taken.includes(id));
  return (
    <div className="teach-form">
      {!courses.loaded && <Loading what="the courses" />}
      {!courses.busy && !courses.error && !courses.more && items.length === 0 && <p role="status">No other course has these words.</p>}
      <ul className="teach-list">
        {items.map(({ id, title, owner }) => (
          <li key={id} className="teach-row teach-lesson">
            <span>
              {title} <span className="teach-note">{owner.displayName}</span>
            </span>
            <button type="button" className="button" aria-label={`Take ${title}`} disabled={busy} onClick={() => onTake(id)}>
              Take it
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={courses} />
    </div>
  );
}
