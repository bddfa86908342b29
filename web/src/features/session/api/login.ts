import { call } from "@/api/client";
import { signedIn } from "@/api/session";
import type { Credentials } from "@/api/types";

/** POST /users/login: the answer carries the access token, a cookie the refresh token. */
export async function login(credentials: Credentials): Promise<void> {
  signedIn(await call("loginUser", { body: credentials }));
}
