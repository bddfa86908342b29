import { call } from "@/api/client";

/** POST /users/{id}/suspend: its sessions end, and what it watches. */
export async function suspendUser(userId: string, reason: string): Promise<void> {
  await call("suspendUser", { path: { userId }, body: { reason } });
}

/** POST /users/{id}/reinstate. */
export async function reinstateUser(userId: string): Promise<void> {
  await call("reinstateUser", { path: { userId } });
}
