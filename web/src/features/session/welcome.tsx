import { useState } from "react";
import { isProblem } from "@/api/client";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { text, useForm } from "@/lib/use-form";
import { useTitle } from "@/lib/use-title";
import { login } from "./api/login";
import { register } from "./api/register";
import "./welcome.css";

type Mode = "login" | "register";

const WORDS: Record<Mode, { title: string; act: string; other: string; ask: string }> = {
  login: { title: "Sign in", act: "Sign in", other: "Create an account", ask: "New here?" },
  register: { title: "Create an account", act: "Create account", other: "Sign in", ask: "Already have an account?" },
};

/** The door: sign in, or make an account. */
export function Welcome({ first = "login" }: { first?: Mode }) {
  return (
    <main className="welcome">
      <section className="welcome-pitch">
        <p className="brand brand-large">Aula</p>
        <p className="welcome-line">Drop in a lecture. Watch it seconds later, while the rest is still being prepared.</p>
        <p className="welcome-swap">
          <Link href="/courses">Look at the courses</Link>
        </p>
      </section>
      <Door first={first} />
    </main>
  );
}

function Door({ first }: { first: Mode }) {
  const [mode, setMode] = useState<Mode>(first);
  const [asksForCode, setAsksForCode] = useState(false);
  const words = WORDS[mode];
  useTitle(words.title);
  const form = useForm(async (data) => {
    const credentials = { email: text(data, "email"), password: String(data.get("password") ?? "") };
    if (mode === "register") return register({ ...credentials, displayName: text(data, "displayName") });
    try {
      return await login(asksForCode ? { ...credentials, code: text(data, "code") } : credentials);
    } catch (error) {
      if (isProblem(error, "auth.second_factor_required")) setAsksForCode(true);
      throw error;
    }
  });
  const swap = () => {
    setMode(mode === "login" ? "register" : "login");
    form.clear();
  };

  return (
    <form className="panel welcome-form" onSubmit={form.onSubmit}>
      <h1>{words.title}</h1>
      <ErrorNotice error={form.error} />
      <Credentials mode={mode} fieldError={form.fieldError} />
      {mode === "login" && asksForCode && (
        <Field
          label="Code"
          name="code"
          autoComplete="one-time-code"
          required
          hint="From your authenticator, or one of your recovery codes."
          error={form.fieldError("code")}
        />
      )}
      <button type="submit" className="button primary" disabled={form.busy}>
        {form.busy ? "One moment…" : words.act}
      </button>
      <p className="welcome-swap">
        {words.ask}{" "}
        <button type="button" className="link" onClick={swap}>
          {words.other}
        </button>
      </p>
    </form>
  );
}

function Credentials({ mode, fieldError }: { mode: Mode; fieldError: (name: string) => string | undefined }) {
  return (
    <>
      {mode === "register" && (
        <Field label="Your name" name="displayName" autoComplete="name" required maxLength={120} error={fieldError("displayName")} />
      )}
      <Field label="Email" name="email" type="email" autoComplete="email" required error={fieldError("email")} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete={mode === "login" ? "current-password" : "new-password"}
        required
        minLength={mode === "register" ? 8 : undefined}
        hint={mode === "register" ? "At least 8 characters. A few random words do well." : undefined}
        error={fieldError("password")}
      />
    </>
  );
}
