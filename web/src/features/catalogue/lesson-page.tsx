import { useCallback } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Prose } from "@/components/prose";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getLesson, type Lesson } from "./api/get-lesson";
import "./catalogue.css";

/** One lesson: its text, and the way to its neighbours. */
export default function LessonPage({ lessonId, user }: { lessonId: string; user: User | null }) {
  const load = useCallback((signal: AbortSignal) => getLesson(lessonId, signal), [lessonId]);
  const { data: lesson, error } = useResource(load);
  useTitle(lesson?.title ?? "Lesson");
  if (!lesson && error instanceof Problem && error.status === 404) return <Missing />;
  if (!lesson) return error ? <ErrorNotice error={error} /> : <Loading what="the lesson" />;
  return (
    <article className="lesson">
      <h1>{lesson.title}</h1>
      {lesson.locked ? <Locked lesson={lesson} signedIn={user !== null} /> : <Prose html={lesson.bodyHtml} />}
      <nav className="lesson-neighbours" aria-label="Lessons">
        {lesson.previousId && <Link href={`/lessons/${lesson.previousId}`}>Previous lesson</Link>}
        {lesson.nextId && <Link href={`/lessons/${lesson.nextId}`}>Next lesson</Link>}
      </nav>
    </article>
  );
}

function Locked({ lesson, signedIn }: { lesson: Lesson; signedIn: boolean }) {
  return (
    <Empty title="This lesson is not open for you yet">
      {lesson.opensAt && <p>It opens on {new Date(lesson.opensAt).toLocaleDateString()}.</p>}
      {!signedIn && (
        <Link href={`/sign-in?next=${encodeURIComponent(`/lessons/${lesson.id}`)}`} className="button primary">
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
