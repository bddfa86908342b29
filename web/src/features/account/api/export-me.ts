import { send } from "@/api/client";

/** GET /users/me/export: everything that is kept about the account, as a file. */
export async function exportMe(): Promise<Blob> {
  return (await send("/users/me/export")).blob();
}
