import { request } from "@/api/client";
import type { User } from "@/api/types";
import { login, type Credentials } from "./login";

export interface Registration extends Credentials {
  displayName: string;
}

/** POST /users/register, then sign in with the same credentials. */
export async function register(registration: Registration): Promise<void> {
  await request<User>("/users/register", { method: "POST", body: registration, signed: false });
  await login({ email: registration.email, password: registration.password });
}
