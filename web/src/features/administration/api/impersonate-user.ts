import { call } from "@/api/client";
import { signedIn } from "@/api/session";

/** POST /users/{id}/impersonate: from now on this tab acts as that user, for as long as one access token lives. */
export async function impersonateUser(userId: string): Promise<void> {
  signedIn(await call("impersonateUser", { path: { userId } }));
}
