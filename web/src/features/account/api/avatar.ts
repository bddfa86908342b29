import { call, type AnswerOf } from "@/api/client";

export type Picture = AnswerOf<"getMyAvatar">;

/** GET /users/me/avatar: how far the newest picture is. */
export const getAvatar = (signal: AbortSignal): Promise<Picture> => call("getMyAvatar", { signal });

/** PUT /users/me/avatar: it shows once it has been rendered anew. */
export async function putAvatar(file: File): Promise<void> {
  await call("putMyAvatar", { file, headers: { "Content-Type": file.type || "application/octet-stream" } });
}

/** DELETE /users/me/avatar. */
export async function deleteAvatar(): Promise<void> {
  await call("deleteMyAvatar");
}
