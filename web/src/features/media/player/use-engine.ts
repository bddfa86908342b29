import { useCallback, useEffect, useRef, useState, useSyncExternalStore, type RefObject } from "react";
import { sentence } from "@/api/problem";
import { NOTHING, openEngine, type Denied, type Engine, type EngineState } from "./engine";

const nothing = () => () => undefined;
const getNothing = () => NOTHING;

/** Keep an engine on the element for as long as the manifest address stays; `version` changes ask for new qualities. */
export function useEngine(video: RefObject<HTMLVideoElement | null>, url: string, version: string, onDenied: Denied) {
  const [engine, setEngine] = useState<Engine | null>(null);
  const [loadError, setLoadError] = useState<string | null>(null);
  const denied = useRef(onDenied);
  useEffect(() => {
    denied.current = onDenied;
  });

  useEffect(() => {
    let gone = false;
    let opened: Engine | null = null;
    const open = async (element: HTMLVideoElement) => {
      try {
        const fresh = await openEngine(element, url, () => denied.current());
        if (gone) return fresh.destroy();
        opened = fresh;
        setEngine(fresh);
      } catch (error) {
        setLoadError(sentence(error));
      }
      return undefined;
    };
    if (video.current) void open(video.current);
    return () => {
      gone = true;
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
