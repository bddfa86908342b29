import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { register } from "./api/register";
import { Submit } from "./sign-in-form";

/** A new account. */
export function RegisterForm() {
  const form = useForm((data) =>
    register({ email: text(data, "email"), password: String(data.get("password") ?? ""), displayName: text(data, "displayName") }),
  );
  const { fieldError } = form;
  return (
    <form className="welcome-fields" onSubmit={form.onSubmit}>
      <ErrorNotice error={form.error} />
      <Field label="Your name" name="displayName" autoComplete="name" required maxLength={120} error={fieldError("displayName")} />
      <Field label="Email" name="email" type="email" autoComplete="email" required error={fieldError("email")} />
      <Field
        label="Password"
        name="password"
        type="password"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={128}
        hint="At least 8 characters. A few random words do well."
        error={fieldError("password")}
      />
      <Submit form={form}>Create account</Submit>
    </form>
  );
}
