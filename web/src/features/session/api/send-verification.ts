import { call } from "@/api/client";

/** POST /users/me/verification: another link to the address that waits; those before it work no longer. */
export async function sendVerification(): Promise<void> {
  await call("sendVerification");
}
