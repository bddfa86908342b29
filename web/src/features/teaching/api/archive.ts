import { call, type AnswerOf } from "@/api/client";

export type MadeCourse = AnswerOf<"importCourse">;
export type Revision = AnswerOf<"listRevisions">["items"][number];

/** POST /courses/import: a new course out of an archive. */
export function importCourse(file: File): Promise<MadeCourse> {
  return call("importCourse", { file, headers: { "Content-Type": "application/zip" } });
}

/** GET /courses/{id}/export: an archive. */
export async function exportCourse(courseId: string): Promise<Blob> {
  const response = await call("exportCourse", { path: { courseId } });
  return response.blob();
}

/** POST /courses/{id}/duplicate. */
export function duplicateCourse(courseId: string, headers: Record<string, string>): Promise<MadeCourse> {
  return call("duplicateCourse", { path: { courseId }, headers });
}

/** GET /courses/{id}/revisions, the newest first. */
export async function listRevisions(
  courseId: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<AnswerOf<"listRevisions">> {
  return call("listRevisions", { path: { courseId }, query: { cursor: cursor === undefined ? undefined : Number(cursor) }, signal });
}

/** POST /courses/{id}/revisions: keeps the course as it is now. */
export async function keepRevision(courseId: string, note: string): Promise<void> {
  await call("keepRevision", { path: { courseId }, body: { note } });
}

/** POST /courses/{id}/revisions/{number}/restore; says what could not be brought back. */
export function restoreRevision(courseId: string, number: number): Promise<AnswerOf<"restoreRevision">> {
  return call("restoreRevision", { path: { courseId, number } });
}
