import { call } from "@/api/client";
import type { Poster } from "@/api/types";

/** GET /assets/{id}/poster: how far the newest one is that the owner wanted. */
export function getPoster(assetId: string, signal?: AbortSignal): Promise<Poster> {
  return call("getPoster", { path: { assetId }, signal });
}

/** PUT /assets/{id}/poster: a picture; it shows once it has been rendered anew. */
export async function putPoster(assetId: string, file: File): Promise<void> {
  await call("putPoster", { path: { assetId }, file, headers: { "Content-Type": file.type || "application/octet-stream" } });
}

/** POST /assets/{id}/poster: the frame that is shown at this moment. */
export async function pickPoster(assetId: string, atS: number): Promise<void> {
  await call("pickPoster", { path: { assetId }, body: { atS } });
}

/** DELETE /assets/{id}/poster: back to the one that the platform found. */
export async function deletePoster(assetId: string): Promise<void> {
  await call("deletePoster", { path: { assetId } });
}
