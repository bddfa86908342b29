import { useEffect, useRef, type RefObject } from "react";
import { isForPlayer, press } from "./shortcuts";

interface Keys {
  video: RefObject<HTMLVideoElement | null>;
  stage: RefObject<HTMLElement | null>;
  available: number;
  total: number;
  onCaptions: () => void;
  onHelp: () => void;
  onUsed: () => void;
}

/** The player's keys work on the whole page while it is shown. */
export function useShortcuts(keys: Keys): void {
  const latest = useRef(keys);
  useEffect(() => {
    latest.current = keys;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { video, stage, available, total, onCaptions, onHelp, onUsed } = latest.current;
      if (!video.current || !stage.current || !isForPlayer(event)) return;
      if (event.key === "?") onHelp();
      else if (!press(event.key, { video: video.current, stage: stage.current, available, total, onCaptions })) return;
      event.preventDefault();
      onUsed();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
