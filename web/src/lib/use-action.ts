import { useCallback, useState } from "react";

/** Something that a button starts: whether it runs, whether it has been done since, and what went wrong. */
export function useAction() {
  const [state, setState] = useState<"idle" | "busy" | "done">("idle");
  const [error, setError] = useState<unknown>();
  const run = useCallback(async (act: () => Promise<unknown>) => {
    setState("busy");
    setError(undefined);
    try {
      await act();
      setState("done");
    } catch (failure) {
      setError(failure);
      setState("idle");
    }
  }, []);
  return { busy: state === "busy", done: state === "done", error, run };
}
