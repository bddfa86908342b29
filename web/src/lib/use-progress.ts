/** GET /assets/{id}/progress: live by server-sent events while a slot is free, by asking again otherwise. */
import { useEffect, useState } from "react";
import { request } from "@/api/client";
import { events } from "@/api/events";
import { Problem } from "@/api/problem";
import type { AssetState, Progress } from "@/api/types";

const FINAL: ReadonlySet<AssetState> = new Set(["ready", "failed", "cancelled"]);
/** A browser opens six HTTP/1.1 connections to a host; events may hold two, the rest is for video and requests. */
const SLOTS = 2;
const ASK_MS = 3_000;
const RECONNECT_MS = 1_500;

let held = 0;

export const isFinal = (state: AssetState): boolean => FINAL.has(state);

type Tell = (progress: Progress) => void;

/** One connection of events; returns the last state it told of. */
async function listen(path: string, signal: AbortSignal, tell: Tell): Promise<AssetState | undefined> {
  let state: AssetState | undefined;
  for await (const event of events(path, signal)) {
    if (event.name !== "progress") continue;
    const progress = JSON.parse(event.data) as Progress;
    state = progress.state;
    tell(progress);
  }
  return state;
}

async function ask(path: string, signal: AbortSignal, tell: Tell): Promise<AssetState> {
  const progress = await request<Progress>(path, { signal });
  tell(progress);
  return progress.state;
}

/** Listen or ask once; true when there is nothing more to come. */
async function round(path: string, live: boolean, signal: AbortSignal, tell: Tell): Promise<boolean> {
  try {
    const state = await (live ? listen(path, signal, tell) : ask(path, signal, tell));
    return state !== undefined && isFinal(state);
  } catch (error) {
    return error instanceof Problem && (error.status === 404 || error.status === 403);
  }
}

async function follow(assetId: string, signal: AbortSignal, tell: Tell): Promise<void> {
  const hear = (progress: Progress) => {
    if (!signal.aborted) tell(progress);
  };
  while (!signal.aborted) {
    const live = held < SLOTS;
    if (live) held += 1;
    const over = await round(`/assets/${assetId}/progress`, live, signal, hear);
    if (live) held -= 1;
    if (over) return;
    await new Promise((done) => setTimeout(done, live ? RECONNECT_MS : ASK_MS));
  }
}

/** The latest progress of an asset while `watching`; undefined until the first word. */
export function useProgress(assetId: string, watching: boolean): Progress | undefined {
  const [progress, setProgress] = useState<Progress>();
  useEffect(() => {
    if (!watching) return undefined;
    const stop = new AbortController();
    void follow(assetId, stop.signal, setProgress);
    return () => stop.abort();
  }, [assetId, watching]);
  return progress;
}
