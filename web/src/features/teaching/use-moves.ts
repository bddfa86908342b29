import { useEffect, useRef } from "react";

/** Keeps the focus on what has just been moved: its buttons may be drawn anew, and one of them does nothing at an end. */
export function useMoves(list: unknown) {
  const wanted = useRef<readonly string[]>([]);
  useEffect(() => {
    const found = wanted.current.map((id) => document.querySelector<HTMLButtonElement>(`[id="${id}"]`));
    if (wanted.current.length > 0) found.find((button) => button && !button.disabled)?.focus();
    wanted.current = [];
  }, [list]);
  return (id: string, to: "up" | "down"): void => {
    wanted.current = to === "up" ? [`${id}-up`, `${id}-down`] : [`${id}-down`, `${id}-up`];
  };
}
