import { useCallback, useEffect, useRef, useState } from "react";
import type { Page } from "@/api/types";

export interface Pages<T> {
  items: T[];
  /** The first page is there. */
  loaded: boolean;
  busy: boolean;
  error: unknown;
  /** Loads the next page; null when there is none. */
  more: (() => void) | null;
  /** Begins again with the first page. */
  reload: () => void;
}

type Load<T> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;

interface State<T> {
  /** What has loaded these: after a change of filters they stay until the new ones are there. */
  by: Load<T> | undefined;
  items: T[];
  cursor: string | null;
  busy: boolean;
  error: unknown;
}

/** A list that comes in pages. Begins anew when `load` becomes another function, as with other filters: keep it by `useCallback`. */
export function usePages<T>(load: Load<T>): Pages<T> {
  const [state, setState] = useState<State<T>>({ by: undefined, items: [], cursor: null, busy: true, error: undefined });
  const fetchPage = useRef<(cursor: string | undefined) => void>(() => {});

  useEffect(() => {
    const stop = new AbortController();
    const fetchNow = async (cursor: string | undefined) => {
      try {
        const page = await load(cursor, stop.signal);
        if (stop.signal.aborted) return;
        setState((seen) => ({
          by: load,
          items: cursor === undefined ? page.items : [...seen.items, ...page.items],
          cursor: page.nextCursor,
          busy: false,
          error: undefined,
        }));
      } catch (error) {
        if (stop.signal.aborted) return;
        setState((seen) => ({ ...seen, ...(seen.by !== load && { items: [], cursor: null }), by: load, busy: false, error }));
      }
    };
    fetchPage.current = (cursor) => void fetchNow(cursor);
    void fetchNow(undefined);
    return () => stop.abort();
  }, [load]);

  const begin = useCallback((cursor: string | undefined) => {
    setState((seen) => ({ ...seen, busy: true, error: undefined }));
    fetchPage.current(cursor);
  }, []);
  const reload = useCallback(() => begin(undefined), [begin]);
  const busy = state.busy || state.by !== load;
  const { items, cursor, error } = state;
  return { items, error, busy, reload, loaded: state.by !== undefined, more: cursor && !busy ? () => begin(cursor) : null };
}
