import { useState } from "react";
import type { Credentials } from "@/api/types";
import { Link } from "@/lib/router";
import { useTitle } from "@/lib/use-title";
import { Elsewhere } from "./elsewhere";
import { RegisterForm } from "./register-form";
import { CodeForm, SignInForm } from "./sign-in-form";
import "./welcome.css";

type Mode = "login" | "register";

const WORDS: Record<Mode, { title: string; other: string; ask: string }> = {
  login: { title: "Sign in", other: "Create an account", ask: "New here?" },
  register: { title: "Create an account", other: "Sign in", ask: "Already have an account?" },
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
  const [halfway, setHalfway] = useState<Credentials | null>(null);
  const words = WORDS[mode];
  useTitle(words.title);
  if (halfway) {
    return (
      <section className="panel welcome-form">
        <h1>Your second factor</h1>
        <CodeForm credentials={halfway} onBack={() => setHalfway(null)} />
      </section>
    );
  }
  return (
    <section className="panel welcome-form">
      <h1>{words.title}</h1>
      {mode === "login" ? <SignInForm onCode={setHalfway} /> : <RegisterForm />}
      <Elsewhere />
      <p className="welcome-swap">
        {words.ask}{" "}
        <button type="button" className="link" onClick={() => setMode(mode === "login" ? "register" : "login")}>
          {words.other}
        </button>
      </p>
    </section>
  );
}
