/** Load something, keep it fresh, keep showing the last good answer while a reload fails. */
import { useCallback, useEffect, useRef, useState } from "react";

export interface Resource<T> {
  data: T | undefined;
  error: unknown;
  reload: () => void;
}

/**
 * `load` is called at once, again when its identity changes, and every `everyMs` (a function may decide by the data;
 * 0 stops) while the page is visible.
 */
export function useResource<T>(
  load: (signal: AbortSignal) => Promise<T>,
  everyMs: number | ((data: T | undefined) => number) = 0,
): Resource<T> {
  const [data, setData] = useState<T>();
  const [error, setError] = useState<unknown>();
  const interval = useRef(everyMs);
  const now = useRef(() => {});
  useEffect(() => {
    interval.current = everyMs;
  });

  useEffect(() => {
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let latest: T | undefined;
    const later = () => {
      clearTimeout(timer);
      const wait = typeof interval.current === "function" ? interval.current(latest) : interval.current;
      if (wait > 0) timer = setTimeout(() => (document.hidden ? later() : void once()), wait);
    };
    const once = async () => {
      try {
        const fresh = await load(stop.signal);
        if (stop.signal.aborted) return;
        latest = fresh;
        setData(fresh);
        setError(undefined);
      } catch (failure) {
        if (stop.signal.aborted) return;
        setError(failure);
      }
      later();
    };
    now.current = () => void once();
    void once();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [load]);

  const reload = useCallback(() => now.current(), []);
  return { data, error, reload };
}
