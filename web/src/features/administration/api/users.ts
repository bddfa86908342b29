import { call, type AnswerOf } from "@/api/client";
import type { Operations } from "@/api/operations";
import type { Role } from "../words";

type Found = AnswerOf<"listUsers">;
export type Account = AnswerOf<"getUser">;
export type Wanted = NonNullable<Operations["listUsers"]["query"]>;

/** GET /users: the newest accounts first. */
export const listUsers = (wanted: Wanted, signal: AbortSignal): Promise<Found> => call("listUsers", { query: wanted, signal });

/** GET /users/{id}: also one that is suspended or deleted. */
export const getUser = (userId: string, signal: AbortSignal): Promise<Account> => call("getUser", { path: { userId }, signal });

/** PUT /users/{id}/roles: exactly these, from the account's next request on. */
export async function setRoles(userId: string, roles: Role[]): Promise<void> {
  await call("setUserRoles", { path: { userId }, body: { roles } });
}
