import { call, type AnswerOf } from "@/api/client";

export type Cover = AnswerOf<"getCourseCover">;

/** GET /courses/{id}/cover: how far the newest one is. */
export function getCover(courseId: string, signal: AbortSignal): Promise<Cover> {
  return call("getCourseCover", { path: { courseId }, signal });
}

/** PUT /courses/{id}/cover: a picture; it shows once it has been rendered anew. */
export async function putCover(courseId: string, file: File): Promise<void> {
  await call("putCourseCover", { path: { courseId }, file, headers: { "Content-Type": file.type || "application/octet-stream" } });
}

/** DELETE /courses/{id}/cover. */
export async function deleteCover(courseId: string): Promise<void> {
  await call("deleteCourseCover", { path: { courseId } });
}
