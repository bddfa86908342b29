import { useRef, type ReactNode } from "react";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { useForm } from "@/lib/use-form";
import { Save } from "./section";

interface PasswordFormProps {
  label: string;
  act: (password: string) => Promise<unknown>;
  onCancel?: () => void;
  danger?: boolean;
  hint?: string;
  required?: boolean;
  children: ReactNode;
}

/** Something that wants the password once more: who has found an open browser does not know it. */
export function PasswordForm({ label, act, onCancel, danger = false, hint, required = true, children }: PasswordFormProps) {
  const element = useRef<HTMLFormElement>(null);
  const form = useForm(async (data) => {
    await act(String(data.get("password") ?? ""));
    element.current?.reset();
  });
  return (
    <form ref={element} className="account-fields" aria-label={label} onSubmit={form.onSubmit}>
      <ErrorNotice error={form.error} />
      <Field
        label="Your password"
        name="password"
        type="password"
        autoComplete="current-password"
        required={required}
        maxLength={128}
        hint={hint}
        error={form.fieldError("password")}
      />
      <div className="account-acts">
        <Save busy={form.busy} danger={danger}>
          {children}
        </Save>
        {onCancel && (
          <button type="button" className="button ghost" onClick={onCancel}>
            Cancel
          </button>
        )}
      </div>
    </form>
  );
}
