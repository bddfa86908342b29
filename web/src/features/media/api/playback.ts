import { request } from "@/api/client";
import type { Playback } from "@/api/types";

/** POST /assets/{id}/playback: open a playback session; its signature arrives as a cookie. */
export function startPlayback(assetId: string, signal?: AbortSignal): Promise<Playback> {
  return request<Playback>(`/assets/${assetId}/playback`, { method: "POST", signal });
}

/** POST /playback/{id}/renew: a new signature for the same session. */
export function renewPlayback(sessionId: string, signal?: AbortSignal): Promise<Playback> {
  return request<Playback>(`/playback/${sessionId}/renew`, { method: "POST", signal });
}

