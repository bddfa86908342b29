import { call } from "@/api/client";
import type { Chapter } from "@/api/types";

/** GET /assets/{id}/chapters. */
export async function getChapters(assetId: string, signal?: AbortSignal): Promise<Chapter[]> {
  return (await call("getChapters", { path: { assetId }, signal })).chapters;
}

/** PUT /assets/{id}/chapters: all of them, in place of those that were there. */
export async function putChapters(assetId: string, chapters: readonly Chapter[]): Promise<void> {
  await call("putChapters", { path: { assetId }, body: { chapters: [...chapters] } });
}
