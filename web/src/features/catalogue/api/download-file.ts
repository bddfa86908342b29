import { call, type AnswerOf } from "@/api/client";

/** POST /files/{id}/download: an address that is good for a while. */
export function downloadFile(fileId: string): Promise<AnswerOf<"downloadFile">> {
  return call("downloadFile", { path: { fileId } });
}
