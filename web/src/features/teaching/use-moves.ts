import { useEffect, useRef } from "react";

/** Keeps the focus on what has just been moved: its buttons may be drawn anew, and one of them does nothing at an end. */
export function useMoves(list: unknown) {
  const wanted = useRef<readonly string[]>([]);
  const seen = useRef(list);
  useEffect(() => {
    if (seen.current === list) return;
    seen.current = list;
    const found = wanted.current.map((id) => document.querySelector<HTMLButtonElement>(`[id="${id}"]`));
    found.find((button) => button && !button.disabled)?.focus();
    wanted.current = [];
  });
  return (id: string, to: "up" | "down"): void => {
    wanted.current = to === "up" ? [`${id}-up`, `${id}-down`] : [`${id}-down`, `${id}-up`];
  };
}
