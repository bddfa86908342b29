import { request } from "@/api/client";
import type { Playback } from "@/api/types";

/** POST /assets/{id}/playback: open a playback session; its signature arrives as a cookie. */
export function startPlayback(assetId: string, signal?: AbortSignal): Promise<Playback> {
  return request<Playback>(`/assets/${assetId}/playback`, { method: "POST", signal });
}
