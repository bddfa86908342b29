/** One playback session: opened when there is something to play, renewed long before its signature ends. */
import { useCallback, useEffect, useRef, useState } from "react";
import { Problem } from "@/api/problem";
import type { Playback } from "@/api/types";
import { renewPlayback } from "./api/renew-playback";

/** Renew when this share of the signature's life has passed; the rest is for trouble on the way. */
const RENEW_AT = 0.6;
const RETRY_MS = 5_000;

const isFinal = (error: unknown) => error instanceof Problem && error.status >= 400 && error.status < 500 && error.status !== 429;

function renewIn(playback: Playback): number {
  return Math.max(1_000, (Date.parse(playback.expiresAt) - Date.now()) * RENEW_AT);
}

/** Opens a session: of an asset, of a lesson. Another function opens another one. */
export type Start = (signal: AbortSignal) => Promise<Playback>;

/**
 * `start` is null while there is nothing to play. `fresh` is any value; when it changes the session is renewed at once, for
 * there may be new qualities to learn of.
 */
export function usePlayback(start: Start | null, fresh?: unknown) {
  const [playback, setPlayback] = useState<Playback | null>(null);
  const [error, setError] = useState<unknown>();
  const session = playback?.sessionId;

  useEffect(() => {
    if (!start) return undefined;
    const stop = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const open = async () => {
      try {
        setPlayback(await start(stop.signal));
        setError(undefined);
      } catch (failure) {
        if (stop.signal.aborted) return;
        setError(failure);
        if (!isFinal(failure)) timer = setTimeout(() => void open(), RETRY_MS);
      }
    };
    void open();
    return () => {
      stop.abort();
      clearTimeout(timer);
    };
  }, [start]);

  const renew = useCallback(async () => {
    if (!session) return;
    try {
      setPlayback(await renewPlayback(session));
      setError(undefined);
    } catch (failure) {
      if (isFinal(failure)) setError(failure);
      throw failure;
    }
  }, [session]);

  useEffect(() => {
    if (!playback) return undefined;
    let timer: ReturnType<typeof setTimeout>;
    const again = () => {
      renew().catch((failure: unknown) => {
        if (!isFinal(failure)) timer = setTimeout(again, RETRY_MS);
      });
    };
    timer = setTimeout(again, renewIn(playback));
    return () => clearTimeout(timer);
  }, [playback, renew]);

  const known = useRef(fresh);
  useEffect(() => {
    if (known.current === fresh || !session) return;
    known.current = fresh;
    renew().catch(() => undefined);
  }, [fresh, session, renew]);

  return { playback, error, renew };
}
