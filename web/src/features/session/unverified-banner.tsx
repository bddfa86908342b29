import { useState } from "react";
import type { User } from "@/api/types";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { sendVerification } from "./api/send-verification";
import "./bars.css";

/** Reminds of an address that was never confirmed, until it is, or has been read. */
export function UnverifiedBanner({ user }: { user: User }) {
  const [hidden, setHidden] = useState(false);
  const { busy, done, error, run } = useAction();
  if (hidden || user.emailVerified || user.impersonatedBy) return null;
  return (
    <aside className="bar" aria-label="Your address is not confirmed">
      <p aria-live="polite">
        {done ? "Another link is on its way to " : "Please confirm your address: a link went to "}
        <strong>{user.email}</strong>.
      </p>
      {!done && (
        <button type="button" className="link" disabled={busy} onClick={() => void run(sendVerification)}>
          Send again
        </button>
      )}
      <button type="button" className="button ghost square" aria-label="Hide this reminder" onClick={() => setHidden(true)}>
        <Icon name="close" />
      </button>
      <ErrorNotice error={error} />
    </aside>
  );
}
