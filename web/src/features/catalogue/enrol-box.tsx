import { useRef } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { ErrorNotice } from "@/components/notice";
import { freshKey } from "@/lib/fresh-key";
import { Link, navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { enrol } from "./api/enrol";
import type { Course } from "./api/get-course";
import { getCurriculum, type Curriculum } from "./api/get-curriculum";
import { placeIn } from "./last-lesson";
import { priceOf } from "./words";

interface EnrolProps {
  course: Course;
  curriculum: Curriculum;
  user: User | null;
  /** The learner is in, but no lesson is open yet. */
  onEnrolled: () => void;
}

/** What stands between this reader and the lessons, and the one step to take. */
export function EnrolBox(props: EnrolProps) {
  const { course, curriculum, user } = props;
  return (
    <section className="enrol" aria-label="Enrol">
      {user && course.mine && (course.mine.enrolled || course.mine.permissions.length > 0) ? (
        <Inside course={course} curriculum={curriculum} user={user} />
      ) : (
        <Outside {...props} />
      )}
    </section>
  );
}

function Inside({ course, curriculum, user }: { course: Course; curriculum: Curriculum; user: User }) {
  const place = placeIn(curriculum, user.id);
  const enrolled = course.mine?.enrolled === true;
  return (
    <>
      <p className="enrol-note">{enrolled ? "You are enrolled." : "You teach this course."}</p>
      {place ? (
        <Link href={`/lessons/${place.lessonId}`} className="button primary">
          {place.again ? "Go on" : "Begin"}
        </Link>
      ) : (
        <p className="enrol-note">No lesson is open yet; the curriculum says when.</p>
      )}
      {course.mine?.permissions.includes("edit") && (
        <Link href={`/teach/${course.id}`} className="button">
          Edit this course
        </Link>
      )}
    </>
  );
}

function Outside({ course, user, onEnrolled }: EnrolProps) {
  const key = useRef(freshKey());
  const { busy, error, run } = useAction();
  const price = <p className="enrol-price">{priceOf(course)}</p>;
  if (!course.free) {
    return (
      <>
        {price}
        <p className="enrol-note">Paying for courses comes with a later release. Until then, its teachers can let you in.</p>
      </>
    );
  }
  if (!user) {
    return (
      <>
        {price}
        <Link href={`/register?next=${encodeURIComponent(`/courses/${course.slug}`)}`} className="button primary">
          Enrol for free
        </Link>
      </>
    );
  }
  const join = async () => {
    try {
      await enrol(course.id, key.current);
    } catch (failure) {
      // An answer has used the key up; without one the same request may be on its way still.
      if (failure instanceof Problem && failure.status > 0) key.current = freshKey();
      throw failure;
    }
    const place = placeIn(await getCurriculum(course.id), user.id);
    if (place) navigate(`/lessons/${place.lessonId}`);
    else onEnrolled();
  };
  return (
    <>
      {price}
      <ErrorNotice error={error} />
      <Missing error={error} />
      <button type="button" className="button primary" disabled={busy} onClick={() => void run(join)}>
        {busy ? "One moment…" : "Enrol for free"}
      </button>
    </>
  );
}

/** What has to be done first, by name. */
function Missing({ error }: { error: unknown }) {
  const missing = error instanceof Problem && error.code === "enrolment.prerequisites" ? Object.values(error.fields) : [];
  if (missing.length === 0) return null;
  return (
    <ul className="enrol-missing">
      {missing.map((one) => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
}
