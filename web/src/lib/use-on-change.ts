import { useEffect, useRef } from "react";

/** Do something whenever a value has become another one, but not when it becomes known. */
export function useOnChange(value: string | undefined, act: () => void): void {
  const before = useRef(value);
  useEffect(() => {
    const changed = before.current !== undefined && before.current !== value;
    before.current = value;
    if (changed) act();
  }, [value, act]);
}
