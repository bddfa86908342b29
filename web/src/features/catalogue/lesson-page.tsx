import { useCallback, useEffect, type ReactNode } from "react";
import { isProblem } from "@/api/client";
import { Problem, sentence } from "@/api/problem";
import type { User } from "@/api/types";
import { Foldable } from "@/components/foldable";
import { Icon } from "@/components/icon";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourse, type Course } from "./api/get-course";
import { getCurriculum } from "./api/get-curriculum";
import { getLesson, type Lesson } from "./api/get-lesson";
import { rememberLesson } from "./last-lesson";
import { LessonContent } from "./lesson-content";
import { LessonContents } from "./lesson-contents";
import { LessonNeighbours } from "./lesson-neighbours";
import "./catalogue.css";
import "./lesson.css";

/** One lesson amid its course, which stays while one goes from lesson to lesson. */
export default function LessonPage({ lessonId, user }: { lessonId: string; user: User | null }) {
  const load = useCallback((signal: AbortSignal) => getLesson(lessonId, signal), [lessonId]);
  const { data, error } = useResource(load);
  const lesson = data?.id === lessonId ? data : undefined;
  useTitle(lesson?.title ?? "Lesson");
  const instead = <Instead lessonId={lessonId} error={error} signedIn={user !== null} />;
  if (!data) return instead;
  return <AmidCourse key={data.courseId} courseId={data.courseId} lesson={lesson} lessonId={lessonId} user={user} instead={instead} />;
}

interface AmidProps {
  courseId: string;
  lessonId: string;
  lesson: Lesson | undefined;
  user: User | null;
  /** What shows where there is no lesson to show. */
  instead: ReactNode;
}

function AmidCourse({ courseId, lessonId, lesson, user, instead }: AmidProps) {
  const { data: course } = useResource(useCallback((signal: AbortSignal) => getCourse(courseId, signal), [courseId]));
  const curriculum = useResource(useCallback((signal: AbortSignal) => getCurriculum(courseId, signal), [courseId]));
  const [enrolled, userId, shown] = [course?.mine?.enrolled === true, user?.id, lesson?.id];
  useEffect(() => {
    if (enrolled && userId && shown) rememberLesson(userId, courseId, shown);
  }, [enrolled, userId, courseId, shown]);
  return (
    <div className="lesson">
      <div className="lesson-side">
        {course && (
          <Link href={`/courses/${course.slug}`} className="lesson-course">
            <Icon name="back" /> {course.title}
          </Link>
        )}
        {curriculum.data && (
          <Foldable key={lessonId} label="All lessons" icon="list">
            <LessonContents curriculum={curriculum.data} />
          </Foldable>
        )}
      </div>
      {lesson ? (
        <article key={lesson.id} className="lesson-main">
          <h1>{lesson.title}</h1>
          <LessonContent lesson={lesson} onEnded={curriculum.reload} />
          {course && lesson.preview && !enrolled && <Whole course={course} />}
          <LessonNeighbours lesson={lesson} curriculum={curriculum.data} />
        </article>
      ) : (
        <div className="lesson-main">{instead}</div>
      )}
    </div>
  );
}

/** The way from a preview to the rest. */
function Whole({ course }: { course: Course }) {
  return (
    <p className="lesson-whole">
      This is a preview. <Link href={`/courses/${course.slug}`}>See the whole course</Link>
    </p>
  );
}

interface InsteadProps {
  lessonId: string;
  error: unknown;
  signedIn: boolean;
}

function Instead({ lessonId, error, signedIn }: InsteadProps) {
  if (!error) return <Loading what="the lesson" />;
  if (error instanceof Problem && error.status === 404) return <Missing />;
  if (error instanceof Problem && error.status === 403) return <Locked lessonId={lessonId} error={error} signedIn={signedIn} />;
  return <ErrorNotice error={error} />;
}

/** There is such a lesson, and this reader may not see it, or not yet. */
function Locked({ lessonId, error, signedIn }: InsteadProps) {
  const outside = isProblem(error, "enrolment.required");
  return (
    <Empty title={outside ? "This lesson is for those in the course" : "This lesson is not open yet"}>
      <p>{sentence(error)}</p>
      {signedIn ? (
        <Link href="/learning" className="button">
          My learning
        </Link>
      ) : (
        <Link href={`/sign-in?next=${encodeURIComponent(`/lessons/${lessonId}`)}`} className="button primary">
          Sign in
        </Link>
      )}
    </Empty>
  );
}

function Missing() {
  return (
    <Empty title="There is no such lesson, or it is not open for everyone">
      <Link href="/courses" className="button">
        Look at the courses
      </Link>
    </Empty>
  );
}
