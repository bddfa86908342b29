import { useState } from "react";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { text, useForm } from "@/lib/use-form";
import { useTitle } from "@/lib/use-title";
import { forgotPassword } from "./api/forgot-password";
import { Frame } from "./frame";

/** Has a link sent. Whether there is such an account, nobody learns here. */
export default function ForgotPasswordPage() {
  useTitle("Forgotten password");
  const [sentTo, setSentTo] = useState("");
  const form = useForm(async (data) => {
    await forgotPassword(text(data, "email"));
    setSentTo(text(data, "email"));
  });
  return (
    <Frame>
      <form className="panel welcome-form" onSubmit={form.onSubmit}>
        <h1>Forgotten password</h1>
        <ErrorNotice error={form.error} />
        <Field
          label="Email"
          name="email"
          type="email"
          autoComplete="email"
          required
          maxLength={254}
          hint="A link to set a new password goes there. It works once, for 30 minutes."
          error={form.fieldError("email")}
        />
        <button type="submit" className="button primary" disabled={form.busy}>
          {form.busy ? "One moment…" : "Send the link"}
        </button>
        <p className="welcome-swap" role="status">
          {sentTo && `If ${sentTo} has an account here, the link is on its way.`}
        </p>
        <p className="welcome-swap">
          <Link href="/sign-in">Back to signing in</Link>
        </p>
      </form>
    </Frame>
  );
}
