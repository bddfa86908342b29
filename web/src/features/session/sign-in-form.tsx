import { useEffect, useRef, useState } from "react";
import { isProblem } from "@/api/client";
import type { Credentials } from "@/api/types";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { text, useForm, type Form } from "@/lib/use-form";
import { login } from "./api/login";
import { ElsewhereError } from "./elsewhere";

/** The first step: the password. `onCode` has the second one shown, where the account wants one. */
export function SignInForm({ onCode }: { onCode: (credentials: Credentials) => void }) {
  const form = useForm(async (data) => {
    const credentials = { email: text(data, "email"), password: String(data.get("password") ?? "") };
    try {
      await login(credentials);
    } catch (error) {
      if (!isProblem(error, "auth.second_factor_required")) throw error;
      onCode(credentials);
    }
  });
  return (
    <form className="welcome-fields" onSubmit={form.onSubmit}>
      {form.error ? <ErrorNotice error={form.error} /> : <ElsewhereError />}
      <Field label="Email" name="email" type="email" autoComplete="email" required error={form.fieldError("email")} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="current-password"
        required
        error={form.fieldError("password")}
      />
      <Submit form={form}>Sign in</Submit>
      <p className="welcome-swap">
        <Link href="/forgot-password">Forgot your password?</Link>
      </p>
    </form>
  );
}

export function Submit({ form, children }: { form: Form; children: string }) {
  return (
    <button type="submit" className="button primary" disabled={form.busy}>
      {form.busy ? "One moment…" : children}
    </button>
  );
}

const WRONG = new Error("This code is wrong, was used before, or is of another moment.");

/** The second step: the code of the authenticator, or a recovery code. */
export function CodeForm({ credentials, onBack }: { credentials: Credentials; onBack: () => void }) {
  const element = useRef<HTMLFormElement>(null);
  const [recovery, setRecovery] = useState(false);
  const form = useForm((data) => login({ ...credentials, code: text(data, "code") }));
  useEffect(() => element.current?.querySelector("input")?.focus(), []);
  const swap = () => {
    setRecovery(!recovery);
    form.clear();
  };
  return (
    <form ref={element} className="welcome-fields" onSubmit={form.onSubmit}>
      <ErrorNotice error={isProblem(form.error, "auth.wrong_credentials") ? WRONG : form.error} />
      <Field
        key={String(recovery)}
        label={recovery ? "Recovery code" : "Code"}
        name="code"
        autoComplete="one-time-code"
        inputMode={recovery ? "text" : "numeric"}
        required
        minLength={6}
        maxLength={32}
        hint={recovery ? "One of those that you kept when you switched the second factor on. Each works once." : "Six digits, from your authenticator."}
        error={form.fieldError("code")}
      />
      <Submit form={form}>Sign in</Submit>
      <p className="welcome-swap welcome-ways">
        <button type="button" className="link" onClick={swap}>
          {recovery ? "Use the authenticator" : "Use a recovery code"}
        </button>
        <button type="button" className="link" onClick={onBack}>
          Back
        </button>
      </p>
    </form>
  );
}
