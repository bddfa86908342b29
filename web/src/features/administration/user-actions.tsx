import { useState } from "react";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { deleteUser } from "./api/delete-user";
import { impersonateUser } from "./api/impersonate-user";
import { reinstateUser, suspendUser } from "./api/suspension";
import type { Account } from "./api/users";

interface ActionsProps {
  user: Account;
  /** The admin who looks: nobody acts as, shuts or deletes oneself here. */
  me: string;
  onChanged: () => void;
}

/** Look through their eyes, shut the account, or make an end of it. */
export function UserActions({ user, me, onChanged }: ActionsProps) {
  const [asked, setAsked] = useState<"suspend" | "delete" | null>(null);
  const { busy, error, run } = useAction();
  const close = () => setAsked(null);
  const look = async () => {
    await impersonateUser(user.id);
    navigate("/courses");
  };
  const changed = () => {
    close();
    onChanged();
  };
  if (user.id === me) return null;
  const active = user.state === "active";
  return (
    <section className="panel admin-card" aria-label="Actions">
      <h2>Actions</h2>
      <ErrorNotice error={error} />
      {active && !user.roles.includes("admin") && (
        <p className="admin-acts">
          <button type="button" className="button" disabled={busy} onClick={() => void run(look)}>
            Look through their eyes
          </button>
          <span>They see it, the audit log has it, and it ends after a few minutes.</span>
        </p>
      )}
      <p className="admin-acts">
        {active ? (
          <button type="button" className="button danger" disabled={busy} onClick={() => setAsked("suspend")}>
            Suspend
          </button>
        ) : (
          <button
            type="button"
            className="button"
            disabled={busy}
            onClick={() => void run(async () => (await reinstateUser(user.id), onChanged()))}
          >
            Reinstate
          </button>
        )}
        <button type="button" className="button danger" disabled={busy} onClick={() => setAsked("delete")}>
          Delete
        </button>
      </p>
      {asked === "suspend" && <SuspendDialog user={user} onClose={close} onDone={changed} />}
      {asked === "delete" && <DeleteDialog user={user} onClose={close} onDone={changed} />}
    </section>
  );
}

interface DialogProps {
  user: Account;
  onClose: () => void;
  onDone: () => void;
}

function SuspendDialog({ user, onClose, onDone }: DialogProps) {
  const form = useForm(async (data) => {
    await suspendUser(user.id, text(data, "reason"));
    onDone();
  });
  return (
    <Dialog title={`Suspend ${user.displayName}?`} onClose={onClose}>
      <form className="admin-fields" onSubmit={form.onSubmit}>
        <p>They are signed out everywhere at once, and can’t sign in until they are reinstated.</p>
        <ErrorNotice error={form.error} />
        <Field label="Reason" name="reason" required maxLength={500} hint="Only admins read it." error={form.fieldError("reason")} />
        <button type="submit" className="button danger" disabled={form.busy}>
          Suspend
        </button>
      </form>
    </Dialog>
  );
}

function DeleteDialog({ user, onClose, onDone }: DialogProps) {
  const { busy, error, run } = useAction();
  return (
    <Dialog title={`Delete the account of ${user.displayName}?`} onClose={onClose}>
      <div className="admin-fields">
        <p>Name, address and profile are forgotten for good; courses and bookings stay without a name. This can’t be undone.</p>
        <ErrorNotice error={error} />
        <button
          type="button"
          className="button danger"
          disabled={busy}
          onClick={() => void run(async () => (await deleteUser(user.id), onDone()))}
        >
          Delete it for good
        </button>
      </div>
    </Dialog>
  );
}
