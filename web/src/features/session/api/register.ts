import { request } from "@/api/client";
import type { Registration, User } from "@/api/types";
import { login } from "./login";

/** POST /users/register, then sign in with the same credentials. */
export async function register(registration: Registration): Promise<void> {
  await request<User>("/users/register", { method: "POST", body: registration, signed: false });
  await login({ email: registration.email, password: registration.password });
}
