import { useCallback, useState } from "react";
import { Problem } from "@/api/problem";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Prose } from "@/components/prose";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourse, type Course } from "../api/courses";
import { getLesson, type Lesson } from "../api/lessons";
import { kindName } from "../words";
import { LessonForm } from "./lesson-form";
import { QuizPart } from "./quiz-part";
import "../teaching.css";

/** A lesson, and the revision of its course, read before it: what is older than it looks is refused, not overwritten. */
export interface Held {
  course: Course;
  lesson: Lesson;
}

async function read(courseId: string, lessonId: string, signal?: AbortSignal): Promise<Held> {
  const course = await getCourse(courseId, signal);
  return { course, lesson: await getLesson(lessonId, signal) };
}

/** Where a lesson is written. */
export default function TeachLessonPage({ courseId, lessonId }: { courseId: string; lessonId: string }) {
  const load = useCallback((signal: AbortSignal) => read(courseId, lessonId, signal), [courseId, lessonId]);
  const { data, error } = useResource(load);
  if (!data && error instanceof Problem && error.status === 404) return <Empty title="There is no such lesson" />;
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the lesson" />;
  return <Editor first={data} again={() => read(courseId, lessonId)} />;
}

function Editor({ first, again }: { first: Held; again: () => Promise<Held> }) {
  const [held, setHeld] = useState(first);
  const [version, setVersion] = useState(0);
  const { course, lesson } = held;
  useTitle(lesson.title);
  const renew = async () => setHeld(await again());
  const loadNewest = async () => {
    await renew();
    setVersion(version + 1);
  };
  return (
    <div className="teach">
      <header className="teach-head">
        <div>
          <Link href={`/teach/${course.id}/curriculum`}>{course.title}</Link>
          <h1>{lesson.title}</h1>
        </div>
        <p className="teach-acts">
          <span className="teach-state">{kindName(lesson.kind)}</span>
          <Link href={`/lessons/${lesson.id}`} className="button">
            See it as learners do
          </Link>
        </p>
      </header>
      {lesson.kind === "quiz" && <QuizPart lesson={lesson} onChanged={renew} />}
      <LessonForm key={version} held={held} again={again} onSaved={setHeld} onNewest={loadNewest} />
      {lesson.bodyHtml && (
        <section className="panel teach-card" aria-label="How the saved text looks">
          <h2>How the saved text looks</h2>
          <Prose html={lesson.bodyHtml} />
        </section>
      )}
    </div>
  );
}
