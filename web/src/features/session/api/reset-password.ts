import { call } from "@/api/client";
import { getSession, signedOut } from "@/api/session";

/** POST /users/reset-password: ends all sessions of the account, so the one of this browser is looked at anew. */
export async function resetPassword(token: string, newPassword: string): Promise<void> {
  await call("resetPassword", { body: { token, newPassword } });
  if (getSession().state === "in") signedOut(true);
}
