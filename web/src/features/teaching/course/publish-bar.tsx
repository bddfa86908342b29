import { useState } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import type { Course } from "../api/courses";
import { archiveCourse, publishCourse, restoreCourse, submitCourse } from "../api/review";
import { ConfirmDialog } from "../confirm-dialog";
import { Refusal } from "../refusal";

interface BarProps {
  course: Course;
  user: User;
  onChanged: () => void;
}

/** What reviewers and admins have said of it. */
function Said({ course: { state, review } }: { course: Course }) {
  return (
    <>
      {state === "draft" && review?.note && (
        <p>
          <strong>A reviewer gave it back:</strong> {review.note}
        </p>
      )}
      {review?.takenDownReason && (
        <p>
          <strong>It was taken down:</strong> {review.takenDownReason}
        </p>
      )}
    </>
  );
}

/** What a course's state lets its authors do with it, and why not. */
export function PublishBar({ course, user, onChanged }: BarProps) {
  const { busy, error, run } = useAction();
  const [archiving, setArchiving] = useState(false);
  const { state } = course;
  const isAdmin = user.roles.includes("admin");
  const go = (act: (courseId: string) => Promise<void>) => void run(async () => (await act(course.id), onChanged()));
  if (!course.mine?.permissions.includes("publish")) return null;
  // Whether there are reviews is the installation's to say, and it says it when publishing is tried.
  const reviewed = error instanceof Problem && error.status === 403;
  return (
    <section className="panel teach-card" aria-label="Publication">
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
        {state === "archived" && (
          <button type="button" className="button primary" disabled={busy} onClick={() => go(restoreCourse)}>
            Bring it back
          </button>
        )}
      </p>
      <Said course={course} />
      <Refusal courseId={course.id} error={error} />
      {archiving && (
        <ConfirmDialog
          title="Archive this course?"
          act="Archive"
          onClose={() => setArchiving(false)}
          onConfirm={async () => (await archiveCourse(course.id), onChanged())}
        >
          It leaves the catalogue. Those who are enrolled keep it, and you can bring it back.
        </ConfirmDialog>
      )}
    </section>
  );
}
