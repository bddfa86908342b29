import { call } from "@/api/client";
import type { Playback } from "@/api/types";

/** POST /playback/{id}/renew: a new signature for the same session. 403 `playback.ended`: there is no right to watch any more. */
export async function renewPlayback(sessionId: string): Promise<Playback> {
  return (await call("renewPlayback", { path: { sessionId } })) as Playback;
}
