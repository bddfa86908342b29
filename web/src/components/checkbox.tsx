import { useId, type InputHTMLAttributes } from "react";

interface CheckboxProps extends InputHTMLAttributes<HTMLInputElement> {
  label: string;
  hint: string;
}

/** Something that is so or not, with what it means. */
export function Checkbox({ label, hint, ...input }: CheckboxProps) {
  const id = useId();
  return (
    <div className="checkbox">
      <input id={id} type="checkbox" aria-describedby={`${id}-note`} {...input} />
      <label htmlFor={id}>{label}</label>
      <small id={`${id}-note`} className="field-hint">
        {hint}
      </small>
    </div>
  );
}
