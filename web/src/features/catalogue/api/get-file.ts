import { call, type AnswerOf } from "@/api/client";

export type LessonFile = AnswerOf<"getFile">;

/** GET /files/{id}: what it is called, of which type and how large. */
export function getFile(fileId: string, signal: AbortSignal): Promise<LessonFile> {
  return call("getFile", { path: { fileId }, signal });
}
