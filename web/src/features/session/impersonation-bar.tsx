import type { User } from "@/api/types";
import { ErrorNotice } from "@/components/notice";
import { navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { stopImpersonating } from "./api/stop-impersonating";
import "./bars.css";

/** Says through whose eyes an admin looks, on every page, with the way back. */
export function ImpersonationBar({ user }: { user: User }) {
  const { busy, error, run } = useAction();
  if (!user.impersonatedBy) return null;
  const stop = async () => {
    await stopImpersonating();
    navigate(`/admin/users/${user.id}`);
  };
  return (
    <aside className="bar bar-loud" aria-label="Impersonation">
      <p role="status">
        You look through the eyes of <strong>{user.displayName}</strong>. They see it among their sessions.
      </p>
      <button type="button" className="button" disabled={busy} onClick={() => void run(stop)}>
        Stop
      </button>
      <ErrorNotice error={error} />
    </aside>
  );
}
