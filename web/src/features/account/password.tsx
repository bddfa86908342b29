import { useRef } from "react";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { useForm } from "@/lib/use-form";
import { changePassword } from "./api/change-password";
import { Save, Section } from "./section";

/** Another password, which signs out all other devices. */
export function Password() {
  const element = useRef<HTMLFormElement>(null);
  const form = useForm(async (data) => {
    await changePassword(String(data.get("currentPassword") ?? ""), String(data.get("newPassword") ?? ""));
    element.current?.reset();
  });
  const note = (
    <>
      Lost it, or never had one? <Link href="/forgot-password">Have a link sent</Link>.
    </>
  );
  return (
    <Section title="Password" note={note}>
      <form ref={element} className="account-fields" aria-label="Password" onSubmit={form.onSubmit}>
        <ErrorNotice error={form.error} />
        <div className="account-pair">
          <Field
            label="Present password"
            name="currentPassword"
            type="password"
            autoComplete="current-password"
            required
            maxLength={128}
            error={form.fieldError("currentPassword")}
          />
          <Field
            label="New password"
            name="newPassword"
            type="password"
            autoComplete="new-password"
            required
            minLength={8}
            maxLength={128}
            hint="At least 8 characters."
            error={form.fieldError("newPassword")}
          />
        </div>
        <Save busy={form.busy} said={form.done && "Changed. Your other devices are signed out."}>
          Change the password
        </Save>
      </form>
    </Section>
  );
}
