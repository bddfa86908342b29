import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { useForm } from "@/lib/use-form";
import { useTitle } from "@/lib/use-title";
import { resetPassword } from "./api/reset-password";
import { Frame } from "./frame";
import { useLinkToken } from "./use-link-token";

/** Where the link for a lost password leads. */
export default function ResetPasswordPage() {
  useTitle("Set a new password");
  const token = useLinkToken();
  return (
    <Frame>
      <NewPassword key={token} token={token} />
    </Frame>
  );
}

function NewPassword({ token }: { token: string | null }) {
  const form = useForm((data) => resetPassword(token ?? "", String(data.get("newPassword") ?? "")));
  if (!token || form.done) {
    return (
      <section className="panel welcome-form">
        <h1>Set a new password</h1>
        <div role="status">{form.done && <p>Your new password is set. Wherever you were signed in, you are signed out.</p>}</div>
        {!token && <ErrorNotice error={new Error("The link is not whole. Open it from the mail again.")} />}
        <Link href={token ? "/sign-in" : "/forgot-password"} className="button primary">
          {token ? "Sign in" : "Ask for another link"}
        </Link>
      </section>
    );
  }
  return (
    <form className="panel welcome-form" onSubmit={form.onSubmit}>
      <h1>Set a new password</h1>
      <ErrorNotice error={form.error} />
      <Field
        label="New password"
        name="newPassword"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={128}
        hint="At least 8 characters. A few random words do well."
        error={form.fieldError("newPassword")}
      />
      <button type="submit" className="button primary" disabled={form.busy}>
        {form.busy ? "One moment…" : "Set the password"}
      </button>
      <p className="welcome-swap">
        <Link href="/forgot-password">Ask for another link</Link>
      </p>
    </form>
  );
}
