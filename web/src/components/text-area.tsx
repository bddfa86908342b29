import { useId, type TextareaHTMLAttributes } from "react";

interface TextAreaProps extends TextareaHTMLAttributes<HTMLTextAreaElement> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
}

/** A labelled field for a longer text, with its hint and error tied to it. */
export function TextArea({ label, hint, error, ...area }: TextAreaProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <textarea id={id} rows={6} aria-invalid={error ? true : undefined} aria-describedby={note ? `${id}-note` : undefined} {...area} />
      {note && (
        <small id={`${id}-note`} className={error ? "field-error" : "field-hint"}>
          {note}
        </small>
      )}
    </div>
  );
}
