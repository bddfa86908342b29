import { call } from "@/api/client";
import type { Registration } from "@/api/types";
import { login } from "./login";

/** POST /users/register, then sign in with the same credentials. */
export async function register(registration: Registration): Promise<void> {
  await call("registerUser", { body: registration });
  await login({ email: registration.email, password: registration.password });
}
