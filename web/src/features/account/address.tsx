import { useRef, useState } from "react";
import type { User } from "@/api/types";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { changeMe } from "./api/change-me";
import { Save, Section } from "./section";

/** The address one signs in with. Another one holds once the link that went there was followed. */
export function Address({ user }: { user: User }) {
  const element = useRef<HTMLFormElement>(null);
  const [waiting, setWaiting] = useState("");
  const form = useForm(async (data) => {
    const email = text(data, "email");
    await changeMe({ email, password: String(data.get("password") ?? "") });
    element.current?.reset();
    setWaiting(email);
  });
  return (
    <Section title="Email address" note={`${user.email}, ${user.emailVerified ? "confirmed" : "not confirmed yet"}`}>
      <form ref={element} className="account-fields" aria-label="Email address" onSubmit={form.onSubmit}>
        <ErrorNotice error={form.error} />
        <div className="account-pair">
          <Field
            label="New address"
            name="email"
            type="email"
            autoComplete="email"
            required
            maxLength={254}
            error={form.fieldError("email")}
          />
          <Field
            label="Your password"
            name="password"
            type="password"
            autoComplete="current-password"
            maxLength={128}
            error={form.fieldError("password")}
          />
        </div>
        <Save busy={form.busy} said={form.done && `Follow the link in the mail to ${waiting}; until then the old address holds.`}>
          Change the address
        </Save>
      </form>
    </Section>
  );
}
