import type { User } from "@/api/types";
import { Link } from "@/lib/router";
import { logout } from "./api/logout";
import "./account-menu.css";

/** Who is signed in, the way to their account, and the way out. */
export function AccountMenu({ user }: { user: User }) {
  return (
    <div className="account">
      <Link href="/account" className="account-link" title={user.email} aria-label={`${user.displayName}, your account`}>
        {user.avatarUrl ? <img src={user.avatarUrl} alt="" /> : <span aria-hidden="true">{user.displayName.slice(0, 1)}</span>}
        <span className="account-name">{user.displayName}</span>
      </Link>
      {/* In somebody's place one stops instead: signing out would end one's own session. */}
      {!user.impersonatedBy && (
        <button type="button" className="button ghost" onClick={() => void logout().catch(() => undefined)}>
          Sign out
        </button>
      )}
    </div>
  );
}
