import { call, ifMatch, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Quiz = AnswerOf<"getQuiz">;
export type Question = Quiz["questions"][number];
export type QuizPatch = schemas["QuizPatch"];
export type NewQuestion = schemas["NewQuestion"];

/** GET /courses/{id}/quizzes: the newest first. */
export function listQuizzes(
  courseId: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<AnswerOf<"listQuizzes">> {
  return call("listQuizzes", { path: { courseId }, query: { cursor, limit: 100 }, signal });
}

/** POST /courses/{id}/quizzes. */
export function createQuiz(courseId: string, title: string, headers: Record<string, string>): Promise<Quiz> {
  return call("createQuiz", { path: { courseId }, body: { title }, headers });
}

/** GET /quizzes/{id}, with its questions and their answers. */
export function getQuiz(quizId: string, signal?: AbortSignal): Promise<Quiz> {
  return call("getQuiz", { path: { quizId }, signal });
}

/** PATCH /quizzes/{id}: of the revision that `quiz` is. */
export function changeQuiz(quiz: Quiz, body: QuizPatch): Promise<Quiz> {
  return call("changeQuiz", { path: { quizId: quiz.id }, body, headers: ifMatch(quiz) });
}

/** DELETE /quizzes/{id}: refused while a lesson uses it. */
export async function deleteQuiz(quizId: string): Promise<void> {
  await call("deleteQuiz", { path: { quizId } });
}

/** POST /quizzes/{id}/questions: at the end. */
export async function addQuestion(quizId: string, body: NewQuestion, headers: Record<string, string>): Promise<void> {
  await call("addQuestion", { path: { quizId }, body, headers });
}

/** PATCH /questions/{id}: of the revision that `question` is. */
export async function changeQuestion(question: Question, body: NewQuestion): Promise<void> {
  await call("changeQuestion", { path: { questionId: question.id }, body, headers: ifMatch(question) });
}

/** DELETE /questions/{id}. */
export async function deleteQuestion(questionId: string): Promise<void> {
  await call("deleteQuestion", { path: { questionId } });
}

/** POST /questions/{id}/move: behind `after`; null puts it first. */
export async function moveQuestion(questionId: string, after: string | null): Promise<void> {
  await call("moveQuestion", { path: { questionId }, body: { after } });
}
