import { call } from "@/api/client";

/** POST /users/forgot-password: the answer does not tell whether there is such an account. */
export async function forgotPassword(email: string): Promise<void> {
  await call("forgotPassword", { body: { email } });
}
