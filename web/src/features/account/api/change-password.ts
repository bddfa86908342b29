import { call } from "@/api/client";

/** POST /users/me/password: all other sessions end with it. */
export async function changePassword(currentPassword: string, newPassword: string): Promise<void> {
  await call("changePassword", { body: { currentPassword, newPassword } });
}
