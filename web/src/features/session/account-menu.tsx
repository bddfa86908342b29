import type { User } from "@/api/types";
import { logout } from "./api/logout";

/** Who is signed in, and the way out. */
export function AccountMenu({ user }: { user: User }) {
  return (
    <div className="account">
      <span className="account-name" title={user.email}>
        {user.displayName}
      </span>
      <button type="button" className="button ghost" onClick={() => void logout().catch(() => undefined)}>
        Sign out
      </button>
    </div>
  );
}
