import { call, type AnswerOf } from "@/api/client";

export type Lesson = AnswerOf<"getLesson">;

/** GET /lessons/{id}: without its content where it is locked. */
export function getLesson(lessonId: string, signal: AbortSignal): Promise<Lesson> {
  return call("getLesson", { path: { lessonId }, signal });
}
