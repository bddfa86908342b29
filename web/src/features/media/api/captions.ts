import { request, send } from "@/api/client";
import type { Caption, Transcript } from "@/api/types";

const path = (assetId: string, language: string) => `/assets/${assetId}/captions/${encodeURIComponent(language)}`;

/** GET /assets/{id}/captions: the languages that there are. */
export function listCaptions(assetId: string, signal?: AbortSignal): Promise<Caption[]> {
  return request<Caption[]>(`/assets/${assetId}/captions`, { signal });
}

/** PUT /assets/{id}/captions/{language}: SubRip or WebVTT, in place of what was there. The server looks at the content. */
export async function putCaptions(assetId: string, language: string, file: File): Promise<void> {
  await send(path(assetId, language), { method: "PUT", file, headers: { "Content-Type": "text/plain" } });
}

/** DELETE /assets/{id}/captions/{language}. */
export async function deleteCaptions(assetId: string, language: string): Promise<void> {
  await send(path(assetId, language), { method: "DELETE" });
}

/** POST /assets/{id}/captions/{language}/automatic: refused where nobody has set up a command for it. */
export async function captionAutomatically(assetId: string, language: string): Promise<void> {
  await send(`${path(assetId, language)}/automatic`, { method: "POST" });
}

/** GET /assets/{id}/transcript: what is said, as a text. */
export function getTranscript(assetId: string, language: string, signal?: AbortSignal): Promise<Transcript> {
  return request<Transcript>(`/assets/${assetId}/transcript?language=${encodeURIComponent(language)}`, { signal });
}
