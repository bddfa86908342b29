import { useState, type FormEvent } from "react";
import { Problem } from "@/api/problem";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
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
export function Welcome() {
  const [mode, setMode] = useState<Mode>("login");
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const words = WORDS[mode];
  useTitle(words.title);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? "");
    setBusy(true);
    setError(undefined);
    try {
      const credentials = { email: text("email").trim(), password: text("password") };
      await (mode === "login" ? login(credentials) : register({ ...credentials, displayName: text("displayName").trim() }));
    } catch (failure) {
      setError(failure);
      setBusy(false);
    }
  };

  const swap = () => {
    setMode(mode === "login" ? "register" : "login");
    setError(undefined);
  };
  const fields = error instanceof Problem ? error.fields : {};

  return (
    <main className="welcome">
      <section className="welcome-pitch">
        <p className="brand brand-large">Aula</p>
        <p className="welcome-line">Drop in a lecture. Watch it seconds later, while the rest is still being prepared.</p>
      </section>
      <form className="panel welcome-form" onSubmit={(event) => void submit(event)}>
        <h1>{words.title}</h1>
        {Object.keys(fields).length === 0 && <ErrorNotice error={error} />}
        <Credentials mode={mode} fields={fields} />
        <button type="submit" className="button primary" disabled={busy}>
          {busy ? "One moment…" : words.act}
        </button>
        <p className="welcome-swap">
          {words.ask}{" "}
          <button type="button" className="link" onClick={swap}>
            {words.other}
          </button>
        </p>
      </form>
    </main>
  );
}

function Credentials({ mode, fields }: { mode: Mode; fields: Readonly<Record<string, string>> }) {
  return (
    <>
      {mode === "register" && (
        <Field label="Your name" name="displayName" autoComplete="name" required maxLength={120} error={fields["displayName"]} />
      )}
      <Field label="Email" name="email" type="email" autoComplete="email" required error={fields["email"]} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete={mode === "login" ? "current-password" : "new-password"}
        required
        minLength={mode === "register" ? 8 : undefined}
        hint={mode === "register" ? "At least 8 characters. A few random words do well." : undefined}
        error={fields["password"]}
      />
    </>
  );
}
