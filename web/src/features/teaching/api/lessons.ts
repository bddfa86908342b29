import { call, ifMatch, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Lesson = AnswerOf<"getLesson">;
export type LessonKind = schemas["LessonKind"];
export type LessonPatch = schemas["LessonPatch"];
export type NewLesson = schemas["NewLesson"];

/** GET /lessons/{id}. */
export function getLesson(lessonId: string, signal?: AbortSignal): Promise<Lesson> {
  return call("getLesson", { path: { lessonId }, signal });
}

/** POST /modules/{id}/lessons: at the end. */
export function addLesson(moduleId: string, body: NewLesson, headers: Record<string, string>): Promise<Lesson> {
  return call("addLesson", { path: { moduleId }, body, headers });
}

/** PATCH /lessons/{id}: where the course is still of this revision, if one is given. */
export function changeLesson(lessonId: string, body: LessonPatch, courseOf?: { id: string; revision: number }): Promise<Lesson> {
  return call("changeLesson", { path: { lessonId }, body, ...(courseOf && { headers: ifMatch(courseOf) }) });
}

/** DELETE /lessons/{id}. */
export async function deleteLesson(lessonId: string): Promise<void> {
  await call("deleteLesson", { path: { lessonId } });
}

/** POST /lessons/{id}/move: into a module, behind `after`; null puts it first. */
export async function moveLesson(lessonId: string, moduleId: string, after: string | null): Promise<void> {
  await call("moveLesson", { path: { lessonId }, body: { moduleId, after } });
}
