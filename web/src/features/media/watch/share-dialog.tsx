import { useCallback, useState, type FormEvent } from "react";
import { Dialog } from "@/components/dialog";
import { Field } from "@/components/field";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { isProblem } from "@/api/client";
import type { Grant } from "@/api/types";
import { useResource } from "@/lib/use-resource";
import { grantAsset, listGrants, withdrawGrant } from "../api/grants";

function Viewers({ grants, onWithdraw }: { grants: readonly Grant[]; onWithdraw: (grant: Grant) => void }) {
  if (grants.length === 0) return <p className="share-none">Only you can watch it so far.</p>;
  return (
    <ul className="viewers">
      {grants.map((grant) => (
        <li key={grant.userId}>
          <span>
            <strong>{grant.displayName}</strong> {grant.email}
          </span>
          <button
            type="button"
            className="button ghost square"
            aria-label={`Let ${grant.displayName} watch no longer`}
            onClick={() => onWithdraw(grant)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Who may watch; let somebody watch by email address, or no longer. */
export function ShareDialog({ assetId, onClose }: { assetId: string; onClose: () => void }) {
  const grants = useResource(useCallback((signal: AbortSignal) => listGrants(assetId, signal), [assetId]));
  const [error, setError] = useState<unknown>();
  const [busy, setBusy] = useState(false);
  const unknown = isProblem(error, "user.not_found");

  const change = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
      grants.reload();
    } catch (failure) {
      setError(failure);
    } finally {
      setBusy(false);
    }
  };
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = event.currentTarget;
    const email = String(new FormData(form).get("email") ?? "").trim();
    void change(async () => {
      await grantAsset(assetId, email);
      form.reset();
    });
  };

  return (
    <Dialog title="Who may watch" onClose={onClose}>
      <form className="share" onSubmit={submit}>
        <div className="share-add">
          <Field
            label="Email of a person with an account here"
            name="email"
            type="email"
            autoComplete="off"
            required
            error={unknown ? "Nobody here has this address." : undefined}
          />
          <button type="submit" className="button primary" disabled={busy}>
            Let them watch
          </button>
        </div>
        {!unknown && <ErrorNotice error={error ?? grants.error} />}
        {grants.data && (
          <Viewers grants={grants.data} onWithdraw={(grant) => void change(() => withdrawGrant(assetId, grant.userId))} />
        )}
      </form>
    </Dialog>
  );
}
