/** States and stages in the words of an instructor. */
import type { AssetState, Progress } from "@/api/types";
import { plural, span } from "@/lib/format";

const STAGES: Readonly<Record<string, string>> = {
  queued: "Waiting for its turn",
  inspecting: "Looking at the file",
  encoding: "Preparing the video",
  finishing: "Checking the result",
};

export const STATES: Readonly<Record<AssetState, string>> = {
  uploading: "Upload not finished",
  uploaded: "Waiting for its turn",
  processing: "Being prepared",
  playable: "Playable, quality still improving",
  ready: "Ready",
  failed: "Failed",
  cancelled: "Cancelled",
};

/** "Preparing the video · 42 % · about 2 min left", or the place in the queue. */
export function progressLine(progress: Progress): string {
  const { queuePosition: place, etaS: left } = progress;
  if (place !== null) return place <= 1 ? "Next in the queue" : `Waiting · ${plural(place - 1, "video")} ahead`;
  const parts = [STAGES[progress.stage] ?? STATES[progress.state], `${Math.floor(progress.percent)} %`];
  if (left !== null && left > 0) parts.push(`about ${span(left)} left`);
  return parts.join(" · ");
}

export function canPlay(state: AssetState): boolean {
  return state === "playable" || state === "ready";
}
