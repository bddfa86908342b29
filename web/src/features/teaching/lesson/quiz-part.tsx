import { useCallback } from "react";
import { changeLesson, type Lesson } from "../api/lessons";
import { createQuiz, listQuizzes } from "../api/quizzes";
import { QuizEditor } from "../quiz/quiz-editor";
import { useOnce } from "../use-once";
import { Chosen } from "./chosen";

/** The quiz that a lesson asks: a new one, or one that the course has. */
export function QuizPart({ lesson, onChanged }: { lesson: Lesson; onChanged: () => Promise<void> }) {
  const { courseId } = lesson;
  const load = useCallback((signal: AbortSignal) => listQuizzes(courseId, undefined, signal), [courseId]);
  const once = useOnce();
  const take = async (quizId: string | null) => {
    await changeLesson(lesson.id, { quizId });
    await onChanged();
  };
  const make = async () => {
    const quiz = await once(["quiz", lesson.id], (headers) => createQuiz(courseId, lesson.title, headers));
    await take(quiz.id);
  };
  if (lesson.quizId) return <QuizEditor quizId={lesson.quizId} />;
  return <Chosen what="quiz" load={load} onTake={take} onMake={make} />;
}
