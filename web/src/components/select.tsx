import { useId, type SelectHTMLAttributes } from "react";

interface SelectProps extends SelectHTMLAttributes<HTMLSelectElement> {
  label: string;
  hint?: string | undefined;
  error?: string | undefined;
  options: readonly (readonly [value: string, label: string])[];
}

/** A labelled choice of one. */
export function Select({ label, hint, error, options, ...select }: SelectProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      <select id={id} aria-invalid={error ? true : undefined} aria-describedby={note ? `${id}-note` : undefined} {...select}>
        {options.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {note && (
        <small id={`${id}-note`} className={error ? "field-error" : "field-hint"}>
          {note}
        </small>
      )}
    </div>
  );
}
