import { call } from "@/api/client";
import { userChanged } from "@/api/session";
import type { schemas } from "@/api/schema";

/** PATCH /users/me: what is left out stays. */
export async function changeMe(patch: schemas["ProfilePatch"]): Promise<void> {
  userChanged(await call("changeMe", { body: patch }));
}

/** GET /users/me: what has changed by another way. */
export async function lookAtMe(): Promise<void> {
  userChanged(await call("getMe"));
}
