/** What belongs to a video beside its streams: captions and chapters. */
import { useCallback, useEffect, useRef } from "react";
import type { Caption } from "@/api/types";
import { useResource } from "@/lib/use-resource";
import { listCaptions } from "../api/captions";
import { getChapters } from "../api/chapters";

const LOOK_MS = 2_000;

const underWay = (captions: readonly Caption[] | undefined) => captions?.some((caption) => !caption.inStream);

/** `streamed` changes with the captions that players find; undefined until they are known. Looks again when `state` changes. */
export function useExtras(assetId: string, state: string, playable: boolean) {
  const captions = useResource(
    useCallback((signal: AbortSignal) => listCaptions(assetId, signal), [assetId]),
    (data) => (playable && underWay(data) ? LOOK_MS : 0),
  );
  const chapters = useResource(useCallback((signal: AbortSignal) => getChapters(assetId, signal), [assetId]));
  const known = useRef(state);
  const { reload } = captions;
  useEffect(() => {
    if (known.current === state) return;
    known.current = state;
    reload();
  }, [state, reload]);
  const streamed = captions.data
    ?.filter((caption) => caption.inStream)
    .map((caption) => caption.language)
    .join(" ");
  return { captions: captions.data ?? [], chapters: chapters.data, streamed, reloadCaptions: reload, reloadChapters: chapters.reload };
}

/** Ask again every few seconds, for two minutes, while something is to come. */
export function useAwaited(waiting: boolean, ask: () => Promise<void>): void {
  useEffect(() => {
    if (!waiting) return undefined;
    let left = 24;
    const timer = setInterval(() => {
      left -= 1;
      if (left === 0) clearInterval(timer);
      ask().catch(() => undefined);
    }, 5_000);
    return () => clearInterval(timer);
  }, [waiting, ask]);
}
