import { useCallback, useRef } from "react";
import { Problem } from "@/api/problem";
import { freshKey } from "@/lib/fresh-key";

/** The server has said yes or no, and would say it again; without an answer the request may have arrived. */
const answered = (error: unknown): boolean => error instanceof Problem && error.status > 0 && error.status < 500 && error.status !== 409;

/** Sends what makes something under a key of its own, so that sending it again after a lost answer makes nothing twice. */
export function useOnce() {
  const last = useRef<{ body: string; key: string } | null>(null);
  return useCallback(async <T,>(body: unknown, act: (headers: Record<string, string>) => Promise<T>): Promise<T> => {
    const text = JSON.stringify(body);
    if (last.current?.body !== text) last.current = { body: text, key: freshKey() };
    try {
      const answer = await act({ "Idempotency-Key": last.current.key });
      last.current = null;
      return answer;
    } catch (error) {
      if (answered(error)) last.current = null;
      throw error;
    }
  }, []);
}
