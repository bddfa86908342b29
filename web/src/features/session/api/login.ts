import { request } from "@/api/client";
import { signedIn } from "@/api/session";
import type { Credentials, SignedIn } from "@/api/types";

/** POST /users/login: the answer carries the access token, a cookie the refresh token. */
export async function login(credentials: Credentials): Promise<void> {
  signedIn(await request<SignedIn>("/users/login", { method: "POST", body: credentials, signed: false }));
}
