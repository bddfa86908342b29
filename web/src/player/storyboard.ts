/** Preview pictures: WebVTT cues that point into a sprite sheet (`sprite.jpg#xywh=160,0,160,90`). */
import { useEffect, useState } from "react";
import { isElsewhere } from "@/lib/elsewhere";

export interface Cue {
  start: number;
  end: number;
  url: string;
  x: number;
  y: number;
  width: number;
  height: number;
}

function seconds(stamp: string): number {
  return stamp.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
}

/** Cues of a storyboard file; sprite addresses are relative to `base`. */
export function parseStoryboard(text: string, base: string): Cue[] {
  const cues: Cue[] = [];
  const pattern = /([\d:.]+)\s+-->\s+([\d:.]+)[^\n]*\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)/g;
  for (const [, start = "", end = "", url = "", ...box] of text.replaceAll("\r", "").matchAll(pattern)) {
    const [x = 0, y = 0, width = 0, height = 0] = box.map(Number);
    cues.push({ start: seconds(start), end: seconds(end), url: new URL(url, base).href, x, y, width, height });
  }
  return cues;
}

/** The cues behind an address; none while there is no storyboard, which is fine. */
export function useStoryboard(url: string | null): readonly Cue[] {
  const [cues, setCues] = useState<readonly Cue[]>([]);
  useEffect(() => {
    if (!url) return undefined;
    const stop = new AbortController();
    const load = async () => {
      const credentials = isElsewhere(url) ? "include" : "same-origin";
      const response = await fetch(url, { credentials, signal: stop.signal });
      if (response.ok) setCues(parseStoryboard(await response.text(), response.url));
    };
    load().catch(() => undefined);
    return () => stop.abort();
  }, [url]);
  return cues;
}
