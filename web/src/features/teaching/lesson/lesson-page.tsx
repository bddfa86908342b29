import { useCallback, useState } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Prose } from "@/components/prose";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourse, type Course } from "../api/courses";
import { getLesson, type Lesson } from "../api/lessons";
import { kindName } from "../words";
import { AssignmentPart } from "./assignment-part";
import { FilePart } from "./file-part";
import { LessonForm } from "./lesson-form";
import { QuizPart } from "./quiz-part";
import { VideoPart } from "./video-part";
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
export default function TeachLessonPage({ courseId, lessonId, user }: { courseId: string; lessonId: string; user: User }) {
  const load = useCallback((signal: AbortSignal) => read(courseId, lessonId, signal), [courseId, lessonId]);
  const again = useCallback(() => read(courseId, lessonId), [courseId, lessonId]);
  const { data, error } = useResource(load);
  if (!data && error instanceof Problem && error.status === 404) return <Empty title="There is no such lesson" />;
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the lesson" />;
  return <Editor first={data} again={again} userId={user.id} />;
}

function Editor({ first, again, userId }: { first: Held; again: () => Promise<Held>; userId: string }) {
  const [held, setHeld] = useState(first);
  const [version, setVersion] = useState(0);
  const { course, lesson } = held;
  useTitle(lesson.title);
  const renew = useCallback(async () => setHeld(await again()), [again]);
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
      {lesson.kind === "video" && <VideoPart lesson={lesson} userId={userId} onChanged={renew} />}
      {lesson.kind === "file" && <FilePart lesson={lesson} userId={userId} onChanged={renew} />}
      {lesson.kind === "assignment" && <AssignmentPart lesson={lesson} onChanged={renew} />}
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
