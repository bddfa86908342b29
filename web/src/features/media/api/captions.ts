import { call } from "@/api/client";
import type { Caption, Transcript } from "@/api/types";

/** GET /assets/{id}/captions: the languages that there are. */
export function listCaptions(assetId: string, signal?: AbortSignal): Promise<Caption[]> {
  return call("listCaptions", { path: { assetId }, signal });
}

/** PUT /assets/{id}/captions/{language}: SubRip or WebVTT, in place of what was there. The server looks at the content. */
export async function putCaptions(assetId: string, language: string, file: File): Promise<void> {
  await call("putCaptions", { path: { assetId, language }, file, headers: { "Content-Type": "text/plain" } });
}

/** DELETE /assets/{id}/captions/{language}. */
export async function deleteCaptions(assetId: string, language: string): Promise<void> {
  await call("deleteCaptions", { path: { assetId, language } });
}

/** POST /assets/{id}/captions/{language}/automatic: refused where nobody has set up a command for it. */
export async function captionAutomatically(assetId: string, language: string): Promise<void> {
  await call("captionAutomatically", { path: { assetId, language } });
}

/** GET /assets/{id}/transcript: what is said, as a text. */
export function getTranscript(assetId: string, language: string, signal?: AbortSignal): Promise<Transcript> {
  return call("getTranscript", { path: { assetId }, query: { language }, signal });
}
