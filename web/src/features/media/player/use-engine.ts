import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import { sentence } from "@/api/problem";
import { NOTHING, openEngine, type Denied, type Engine, type EngineState } from "./engine";

const nothing = () => () => undefined;
const getNothing = () => NOTHING;

/** The address without version and file: what the viewer looks at stays the same when another version takes over. */
const subject = (url: string) => url.split("/").slice(0, -2).join("/");

interface Place {
  of: string;
  time: number;
  playing: boolean;
}

function goOn(element: HTMLVideoElement, { time, playing }: Place): void {
  const resume = () => {
    element.currentTime = time;
    if (playing) void element.play().catch(() => undefined);
  };
  element.addEventListener("loadedmetadata", resume, { once: true });
}

/** Keep an engine on the element for as long as the manifest address stays; `version` changes ask for new qualities. */
export function useEngine(video: RefObject<HTMLVideoElement | null>, url: string, version: string, onDenied: Denied) {
  const [engine, setEngine] = useState<Engine | null>(null);
  const [loadError, setLoadError] = useState<string | null>(null);
  const denied = useRef(onDenied);
  const left = useRef<Place | null>(null);
  useEffect(() => {
    denied.current = onDenied;
  });

  useEffect(() => {
    let gone = false;
    let opened: Engine | null = null;
    const shown = video.current;
    const open = async (element: HTMLVideoElement) => {
      try {
        if (left.current?.of === subject(url)) goOn(element, left.current);
        const fresh = await openEngine(element, url, () => denied.current());
        if (gone) return fresh.destroy();
        opened = fresh;
        setEngine(fresh);
      } catch (error) {
        setLoadError(sentence(error));
      }
      return undefined;
    };
    if (shown) void open(shown);
    return () => {
      gone = true;
      if (shown) left.current = { of: subject(url), time: shown.currentTime, playing: !shown.paused };
      opened?.destroy();
      setEngine(null);
    };
  }, [video, url]);

  const first = useRef(version);
  useEffect(() => {
    if (version === first.current) return;
    first.current = version;
    engine?.learn();
  }, [engine, version]);

  const state: EngineState = useSyncExternalStore(engine?.state.subscribe ?? nothing, engine?.state.get ?? getNothing);
  const choose = useCallback((index: number) => engine?.choose(index), [engine]);
  return { ...state, error: loadError ?? state.error, choose };
}
