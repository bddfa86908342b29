import { useCallback, useState } from "react";
import type { User } from "@/api/types";
import { Dialog } from "@/components/dialog";
import { MoreButton } from "@/components/more-button";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { plural } from "@/lib/format";
import { Link, navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { getCurriculum } from "./api/get-curriculum";
import { leaveCourse } from "./api/leave-course";
import { listMyEnrolments, type MyEnrolment } from "./api/my-enrolments";
import { Cover } from "./cover";
import { placeIn } from "./last-lesson";
import { dayOf, lengthOf } from "./words";
import "./catalogue.css";

/** The courses that somebody takes. */
export default function LearningPage({ user }: { user: User }) {
  useTitle("My learning");
  const load = useCallback((cursor: string | undefined, signal: AbortSignal) => listMyEnrolments(cursor, signal), []);
  const mine = usePages(load);
  return (
    <div className="catalogue">
      <h1>My learning</h1>
      {!mine.loaded && <Loading what="your courses" />}
      {mine.loaded && !mine.error && mine.items.length === 0 && (
        <Empty title="You are not in a course yet">
          <Link href="/courses" className="button primary">
            Look at the courses
          </Link>
        </Empty>
      )}
      <ul className="course-cards" aria-busy={mine.busy}>
        {mine.items.map((enrolment) => (
          <Taken key={enrolment.id} enrolment={enrolment} user={user} onLeft={mine.reload} />
        ))}
      </ul>
      <MoreButton pages={mine} />
      <p className="learning-shared">
        <Link href="/library">Videos shared with you</Link>
      </p>
    </div>
  );
}

function access({ entitled, accessEndsAt }: MyEnrolment): string {
  if (!entitled) return "Your access has ended.";
  return accessEndsAt ? `Open to you until ${dayOf(accessEndsAt)}.` : "";
}

function Taken({ enrolment, user, onLeft }: { enrolment: MyEnrolment; user: User; onLeft: () => void }) {
  const [leaving, setLeaving] = useState(false);
  const { busy, error, run } = useAction();
  const { course } = enrolment;
  const goOn = async () => {
    const place = placeIn(await getCurriculum(course.id), user.id);
    navigate(place ? `/lessons/${place.lessonId}` : `/courses/${course.slug}`);
  };
  const until = access(enrolment);
  return (
    <li className="panel course-card">
      <Cover course={course} lazy />
      <div className="course-card-text">
        <h2>
          <Link href={`/courses/${course.slug}`}>{course.title}</Link>
        </h2>
        <p className="course-card-summary">{course.summary}</p>
        <p className="course-facts">
          <span>{plural(course.lessonCount, "lesson")}</span>
          {course.durationS > 0 && <span>{lengthOf(course.durationS)}</span>}
          {until && <span className={enrolment.entitled ? undefined : "learning-over"}>{until}</span>}
        </p>
        <ErrorNotice error={error} />
        <div className="learning-acts">
          {enrolment.entitled && (
            <button
              type="button"
              className="button primary"
              disabled={busy}
              aria-label={`Go on with ${course.title}`}
              onClick={() => void run(goOn)}
            >
              Go on
            </button>
          )}
          <button type="button" className="button ghost" aria-label={`Leave ${course.title}`} onClick={() => setLeaving(true)}>
            Leave
          </button>
        </div>
      </div>
      {leaving && <LeaveDialog enrolment={enrolment} onClose={() => setLeaving(false)} onLeft={onLeft} />}
    </li>
  );
}

function LeaveDialog({ enrolment, onClose, onLeft }: { enrolment: MyEnrolment; onClose: () => void; onLeft: () => void }) {
  const { busy, error, run } = useAction();
  const leave = async () => {
    await leaveCourse(enrolment.id);
    onLeft();
    onClose();
  };
  return (
    <Dialog title="Leave this course?" onClose={onClose}>
      <div className="learning-leave">
        <p>“{enrolment.course.title}” leaves your list, and its lessons close for you. What was paid for stays yours.</p>
        <ErrorNotice error={error} />
        <div className="learning-acts">
          <button type="button" className="button danger" disabled={busy} onClick={() => void run(leave)}>
            Leave the course
          </button>
          <button type="button" className="button" onClick={onClose}>
            Stay
          </button>
        </div>
      </div>
    </Dialog>
  );
}
