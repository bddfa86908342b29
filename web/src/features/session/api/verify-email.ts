import { call } from "@/api/client";
import { getSession, userChanged } from "@/api/session";

/** POST /users/verify-email, and what the account looks like since, where it is signed in here. */
export async function verifyEmail(token: string): Promise<void> {
  await call("verifyEmail", { body: { token } });
  if (getSession().state === "in") await call("getMe").then(userChanged, () => undefined);
}
