import { useState } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import type { Course } from "../api/courses";
import { publishCourse, restoreCourse, submitCourse } from "../api/review";
import { Refusal } from "../refusal";
import { ArchiveDialog } from "./archive-dialog";

interface BarProps {
  course: Course;
  user: User;
  onChanged: () => void;
}

/** What reviewers and admins have said of it. */
function saidOf({ state, review }: Course): readonly (readonly [who: string, words: string])[] {
  const said: [string, string][] = [];
  if (state === "draft" && review?.note) said.push(["A reviewer gave it back:", review.note]);
  if (review?.takenDownReason) said.push(["It was taken down:", review.takenDownReason]);
  return said;
}

/** What has been said of a course, for all who teach it, and what those who publish it do with it. */
export function PublishBar(props: BarProps) {
  const said = saidOf(props.course);
  const publishes = props.course.mine?.permissions.includes("publish");
  if (!publishes && said.length === 0) return null;
  return (
    <section className="panel teach-card" aria-label="Publication">
      {said.map(([who, words]) => (
        <p key={who}>
          <strong>{who}</strong> {words}
        </p>
      ))}
      {publishes && <Acts {...props} />}
    </section>
  );
}

/** What a course's state lets its authors do with it, and why not. */
function Acts({ course, user, onChanged }: BarProps) {
  const { busy, error, run } = useAction();
  const [archiving, setArchiving] = useState(false);
  const { state } = course;
  const isAdmin = user.roles.includes("admin");
  const isDown = Boolean(course.review?.takenDownReason);
  const go = (act: (courseId: string) => Promise<void>) => void run(async () => (await act(course.id), onChanged()));
  // Whether there are reviews is the installation's to say, and it says it when publishing is tried.
  const reviewed = error instanceof Problem && error.status === 403;
  return (
    <>
      <p className="teach-acts">
        {state === "draft" && !reviewed && (
          <button type="button" className="button primary" disabled={busy} onClick={() => go(publishCourse)}>
            Publish
          </button>
        )}
        {state === "draft" && (
          <button type="button" className={reviewed ? "button primary" : "button"} disabled={busy} onClick={() => go(submitCourse)}>
            Submit for review
          </button>
        )}
        {state === "in_review" && <span>Waiting for an admin to review it.</span>}
        {state === "in_review" && isAdmin && (
          <Link href="/teach/review" className="button primary">
            Review it
          </Link>
        )}
        {state === "published" && (
          <button type="button" className="button" disabled={busy} onClick={() => setArchiving(true)}>
            Archive
          </button>
        )}
        {isDown && !isAdmin && <span>Only an admin brings it back.</span>}
        {state === "archived" && (isAdmin || !isDown) && (
          <button type="button" className="button primary" disabled={busy} onClick={() => go(restoreCourse)}>
            Bring it back
          </button>
        )}
      </p>
      <Refusal courseId={course.id} error={error} />
      {archiving && (
        <ArchiveDialog courseId={course.id} isAdmin={isAdmin} onArchived={onChanged} onClose={() => setArchiving(false)} />
      )}
    </>
  );
}
