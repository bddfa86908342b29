import { call, type AnswerOf } from "@/api/client";

export type CourseFile = AnswerOf<"getFile">;

/** GET /files of a course, the newest first. */
export function listFiles(courseId: string, cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listFiles">> {
  return call("listFiles", { query: { courseId, cursor }, signal });
}

/** GET /files/{id}. */
export function getFile(fileId: string, signal: AbortSignal): Promise<CourseFile> {
  return call("getFile", { path: { fileId }, signal });
}

/** DELETE /files/{id}: refused while a lesson uses it. */
export async function deleteFile(fileId: string): Promise<void> {
  await call("deleteFile", { path: { fileId } });
}

/** POST /files/{id}/download: an address that is good for some minutes. */
export async function downloadFile(fileId: string): Promise<string> {
  return (await call("downloadFile", { path: { fileId } })).url;
}
