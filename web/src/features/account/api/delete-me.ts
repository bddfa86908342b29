import { call } from "@/api/client";
import { signedOut } from "@/api/session";

/** DELETE /users/me, which can't be undone. Who has no password has to have signed in elsewhere just before. */
export async function deleteMe(password: string): Promise<void> {
  await call("deleteMe", { body: { password: password || null } });
  signedOut(true);
}
