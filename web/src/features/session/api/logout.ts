import { call } from "@/api/client";
import { signedOut } from "@/api/session";

/** POST /users/logout; whatever the server says, this browser forgets the session. */
export async function logout(): Promise<void> {
  try {
    await call("logoutUser");
  } finally {
    signedOut(true);
  }
}
