import { call, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

type Keys = AnswerOf<"listApiKeys">;
export type ApiKey = Keys["items"][number];
export type NewKey = AnswerOf<"createApiKey">;
export type Scope = schemas["Scope"];

/** GET /users/me/api-keys: the newest first. */
export const listKeys = (cursor: string | undefined, signal: AbortSignal): Promise<Keys> =>
  call("listApiKeys", { query: { cursor }, signal });

/** POST /users/me/api-keys: the key itself is in this answer alone. */
export const createKey = (name: string, scopes: Scope[], expiresAt: string | null): Promise<NewKey> =>
  call("createApiKey", { body: { name, scopes, expiresAt } });

/** DELETE /users/me/api-keys/{id}: it works no longer from this moment on. */
export async function revokeKey(keyId: string): Promise<void> {
  await call("revokeApiKey", { path: { keyId } });
}
