import { call } from "@/api/client";
import type { Playback } from "@/api/types";

/** POST /lessons/{id}/playback: open a playback session of its video. Previews need no account. */
export async function startLesson(lessonId: string, signal: AbortSignal): Promise<Playback> {
  return (await call("startLesson", { path: { lessonId }, signal })) as Playback;
}
