import { useEffect, useRef, useState } from "react";
import type { User } from "@/api/types";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { text, useForm } from "@/lib/use-form";
import { lookAtMe } from "./api/change-me";
import { beginTotp, confirmTotp, removeTotp, renewRecoveryCodes, type Begun } from "./api/second-factor";
import { PasswordForm } from "./password-form";
import { Save, Section } from "./section";
import { ShownOnce } from "./shown-once";

type Step = { at: "rest" } | { at: "begin" | "renew" | "remove" } | { at: "confirm"; begun: Begun } | { at: "codes"; codes: string[] };

const REST: Step = { at: "rest" };

/** Codes of an authenticator beside the password. */
export function SecondFactor({ user }: { user: User }) {
  const [step, setStep] = useState<Step>(REST);
  const rest = () => setStep(REST);
  const note = user.totpEnabled
    ? "On: signing in asks for a code of your authenticator."
    : "Off: the password alone lets in. An authenticator on your phone makes that safer.";
  return (
    <Section title="Second factor" note={note}>
      {step.at === "rest" && <Choices on={user.totpEnabled} onChoose={(at) => setStep({ at })} />}
      {step.at === "begin" && (
        <PasswordForm
          label="Switch the second factor on"
          act={async (password) => setStep({ at: "confirm", begun: await beginTotp(password) })}
          onCancel={rest}
        >
          Go on
        </PasswordForm>
      )}
      {step.at === "confirm" && <Confirm begun={step.begun} onCodes={(codes) => setStep({ at: "codes", codes })} onCancel={rest} />}
      {step.at === "codes" && (
        <ShownOnce
          title="Your recovery codes, for when the authenticator is lost; each works once."
          lines={step.codes}
          filename="aula-recovery-codes.txt"
          onDone={rest}
        />
      )}
      {step.at === "renew" && (
        <PasswordForm
          label="New recovery codes"
          act={async (password) => setStep({ at: "codes", codes: await renewRecoveryCodes(password) })}
          onCancel={rest}
        >
          Make new codes
        </PasswordForm>
      )}
      {step.at === "remove" && (
        <PasswordForm
          label="Switch the second factor off"
          danger
          act={async (password) => {
            await removeTotp(password);
            await lookAtMe();
            rest();
          }}
          onCancel={rest}
        >
          Switch it off
        </PasswordForm>
      )}
    </Section>
  );
}

function Choices({ on, onChoose }: { on: boolean; onChoose: (at: "begin" | "renew" | "remove") => void }) {
  if (!on) {
    return (
      <p className="account-acts">
        <button type="button" className="button primary" onClick={() => onChoose("begin")}>
          Switch it on
        </button>
      </p>
    );
  }
  return (
    <p className="account-acts">
      <button type="button" className="button" onClick={() => onChoose("renew")}>
        New recovery codes
      </button>
      <button type="button" className="button danger" onClick={() => onChoose("remove")}>
        Switch it off
      </button>
    </p>
  );
}

interface ConfirmProps {
  begun: Begun;
  onCodes: (codes: string[]) => void;
  onCancel: () => void;
}

function Confirm({ begun, onCodes, onCancel }: ConfirmProps) {
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => element.current?.querySelector("input")?.focus(), []);
  const form = useForm(async (data) => {
    onCodes(await confirmTotp(text(data, "code")));
    await lookAtMe();
  });
  return (
    <form ref={element} className="account-totp" aria-label="Confirm the second factor" onSubmit={form.onSubmit}>
      {/* As an image: what the server has drawn becomes no part of this page. */}
      <img src={`data:image/svg+xml,${encodeURIComponent(begun.qrSvg)}`} alt="QR code for your authenticator" />
      <div className="account-fields">
        <p>
          Scan this with your authenticator, or type in the secret <code className="account-secret">{begun.secret}</code>. Then give the
          code that it shows.
        </p>
        <ErrorNotice error={form.error} />
        <Field
          label="Code"
          name="code"
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          minLength={6}
          maxLength={32}
          error={form.fieldError("code")}
        />
        <div className="account-acts">
          <Save busy={form.busy}>Switch it on</Save>
          <button type="button" className="button ghost" onClick={onCancel}>
            Cancel
          </button>
        </div>
      </div>
    </form>
  );
}
