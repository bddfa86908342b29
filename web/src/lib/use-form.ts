import { useEffect, useRef, useState, type FormEvent } from "react";
import { Problem } from "@/api/problem";

export interface Form {
  busy: boolean;
  /** It has been sent, and nothing was changed by sending again since. */
  done: boolean;
  /** What went wrong and is not said at a field of the form. */
  error: unknown;
  /** What the API says about the field of this name: `price.amount` for what lies deeper. */
  fieldError: (name: string) => string | undefined;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  /** Forget what was said about the last time it was sent. */
  clear: () => void;
}

interface State {
  phase: "idle" | "busy" | "done";
  error: unknown;
  fields: Readonly<Record<string, string>>;
}

const QUIET: State = { phase: "idle", error: undefined, fields: {} };

function failed(error: unknown, form: HTMLFormElement): State {
  const fields = error instanceof Problem ? error.fields : {};
  const names = Object.keys(fields);
  // A fault of a field that the form does not have would otherwise be told nowhere.
  const told = names.length > 0 && names.every((name) => form.elements.namedItem(name) !== null);
  return { phase: "idle", error: told ? undefined : error, fields };
}

/** A form whose faults are shown where they are: give its inputs the names that the API gives the fields. */
export function useForm(act: (data: FormData) => Promise<unknown>): Form {
  const [state, setState] = useState(QUIET);
  const sent = useRef<HTMLFormElement>(null);
  useEffect(() => {
    // The first field at fault, once it says so.
    if (state.fields !== QUIET.fields) sent.current?.querySelector<HTMLElement>("[aria-invalid]")?.focus();
  }, [state.fields]);
  const submit = async (form: HTMLFormElement) => {
    setState({ ...QUIET, phase: "busy" });
    try {
      await act(new FormData(form));
      setState({ ...QUIET, phase: "done" });
    } catch (error) {
      sent.current = form;
      setState(failed(error, form));
    }
  };
  const onSubmit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (state.phase !== "busy") void submit(event.currentTarget);
  };
  return {
    busy: state.phase === "busy",
    done: state.phase === "done",
    error: state.error,
    fieldError: (name) => state.fields[name],
    onSubmit,
    clear: () => setState(QUIET),
  };
}

/** The text of a field, trimmed. */
export const text = (data: FormData, name: string): string => String(data.get(name) ?? "").trim();
