import { send } from "@/api/client";
import { refresh } from "@/api/session";

/** POST /users/logout with the borrowed token ends only what that opened; the cookie is still the admin's own. */
export async function stopImpersonating(): Promise<void> {
  await send("/users/logout", { method: "POST" }).catch(() => undefined);
  await refresh();
}
