import { call } from "@/api/client";

/** DELETE /users/{id}, which can't be undone. */
export async function deleteUser(userId: string): Promise<void> {
  await call("deleteUser", { path: { userId } });
}
