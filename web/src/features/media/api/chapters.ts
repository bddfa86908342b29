import { request } from "@/api/client";
import type { Chapter } from "@/api/types";

interface ChapterList {
  chapters: Chapter[];
}

/** GET /assets/{id}/chapters. */
export async function getChapters(assetId: string, signal?: AbortSignal): Promise<Chapter[]> {
  return (await request<ChapterList>(`/assets/${assetId}/chapters`, { signal })).chapters;
}

/** PUT /assets/{id}/chapters: all of them, in place of those that were there. */
export async function putChapters(assetId: string, chapters: readonly Chapter[]): Promise<void> {
  await request<ChapterList>(`/assets/${assetId}/chapters`, { method: "PUT", body: { chapters } });
}
