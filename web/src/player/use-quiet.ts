import { useCallback, useEffect, useRef, useState, type RefObject } from "react";

const QUIET_MS = 2_500;

/** True when nobody has moved over the element for a while, so that the controls may leave the picture. */
export function useQuiet(element: RefObject<HTMLElement | null>): [boolean, () => void] {
  const [quiet, setQuiet] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const stir = useCallback(() => {
    setQuiet(false);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => setQuiet(true), QUIET_MS);
  }, []);
  useEffect(() => {
    const watched = element.current;
    watched?.addEventListener("pointermove", stir);
    watched?.addEventListener("focusin", stir);
    return () => {
      clearTimeout(timer.current);
      watched?.removeEventListener("pointermove", stir);
      watched?.removeEventListener("focusin", stir);
    };
  }, [element, stir]);
  return [quiet, stir];
}
