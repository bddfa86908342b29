import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import { sentence } from "@/api/problem";
import { preferred } from "@/lib/languages";
import { NOTHING, openEngine, type Denied, type Engine, type EngineState, type Track } from "./engine";

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

/** What Captions on means before anybody has chosen: a language of the browser, else the first one. */
function obvious(captions: readonly Track[]): string | null {
  const best = preferred(captions.map(({ language }) => language));
  return (captions.find(({ language }) => language === best) ?? captions[0])?.id ?? null;
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
  const last = useRef<string | null>(null);
  const { caption, captions } = state;
  useEffect(() => {
    if (caption) last.current = caption;
  }, [caption]);
  const toggleCaptions = useCallback(() => {
    const again = captions.find(({ id }) => id === last.current)?.id ?? obvious(captions);
    engine?.caption(caption ? null : again);
  }, [engine, caption, captions]);
  const choose = useCallback((quality: string | null) => engine?.choose(quality), [engine]);
  const showCaptions = useCallback((id: string | null) => engine?.caption(id), [engine]);
  const listen = useCallback((id: string) => engine?.listen(id), [engine]);
  return { ...state, error: loadError ?? state.error, choose, showCaptions, toggleCaptions, listen };
}
