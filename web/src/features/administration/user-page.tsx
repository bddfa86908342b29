import { useCallback } from "react";
import { Checkbox } from "@/components/checkbox";
import { ErrorNotice, Loading } from "@/components/notice";
import { Tag } from "@/components/tag";
import { Link } from "@/lib/router";
import { useForm } from "@/lib/use-form";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getUser, setRoles, type Account } from "./api/users";
import { Frame } from "./frame";
import { UserActions } from "./user-actions";
import { ROLES, STATES } from "./words";

const moment = (time: string) => new Date(time).toLocaleString();

function Facts({ user }: { user: Account }) {
  return (
    <section className="panel admin-card" aria-label="Facts">
      <dl className="admin-facts">
        <dt>State</dt>
        <dd>
          <Tag tone={STATES[user.state].tone}>{STATES[user.state].label}</Tag>
          {user.suspendedAt && ` since ${moment(user.suspendedAt)}: ${user.suspendReason ?? ""}`}
          {user.deletedAt && ` on ${moment(user.deletedAt)}`}
        </dd>
        {user.state !== "deleted" && (
          <>
            <dt>Address</dt>
            <dd>
              {user.email}, {user.emailVerified ? "confirmed" : "not confirmed"}
            </dd>
            <dt>Second factor</dt>
            <dd>{user.totpEnabled ? "On" : "Off"}</dd>
          </>
        )}
        <dt>Since</dt>
        <dd>{moment(user.createdAt)}</dd>
        <dt>Audit log</dt>
        <dd className="admin-ways">
          <Link href={`/admin/audit?actorId=${user.id}`}>What they did</Link>
          <Link href={`/admin/audit?subjectType=user&subjectId=${user.id}`}>What was done to them</Link>
        </dd>
      </dl>
    </section>
  );
}

function RolesForm({ user, onChanged }: { user: Account; onChanged: () => void }) {
  const form = useForm(async (data) => {
    const roles = ROLES.map(([role]) => role).filter((role) => data.has(role));
    if (roles.length === 0) throw new Error("An account holds at least one role.");
    await setRoles(user.id, roles);
    onChanged();
  });
  return (
    <form className="panel admin-card" aria-label="Roles" onSubmit={form.onSubmit}>
      <h2>Roles</h2>
      {ROLES.map(([role, label, means]) => (
        <Checkbox key={role} name={role} label={label} hint={means} defaultChecked={user.roles.includes(role)} />
      ))}
      <ErrorNotice error={form.error} />
      <p className="admin-acts">
        <button type="submit" className="button primary" disabled={form.busy}>
          Save
        </button>
        <span role="status">{form.done && "Saved; it counts from their next click on."}</span>
      </p>
    </form>
  );
}

/** One account: what is known of it, and what admins may do to it. */
export default function UserPage({ userId, me }: { userId: string; me: string }) {
  const { data: user, error, reload } = useResource(useCallback((signal: AbortSignal) => getUser(userId, signal), [userId]));
  const title = user?.displayName ?? "A person";
  useTitle(title);
  return (
    <Frame title={title}>
      <ErrorNotice error={error} />
      {!user && !error && <Loading what="the account" />}
      {user && <Facts user={user} />}
      {user && user.state !== "deleted" && (
        <>
          <RolesForm user={user} onChanged={reload} />
          <UserActions user={user} me={me} onChanged={reload} />
        </>
      )}
    </Frame>
  );
}
