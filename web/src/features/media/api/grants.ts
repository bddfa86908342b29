import { call } from "@/api/client";
import type { Grant } from "@/api/types";

/** GET /assets/{id}/grants: who may watch besides the owner. */
export function listGrants(assetId: string, signal?: AbortSignal): Promise<Grant[]> {
  return call("listGrants", { path: { assetId }, signal });
}

/** POST /assets/{id}/grants: let the owner of an email address watch. */
export async function grantAsset(assetId: string, email: string): Promise<void> {
  await call("grantAsset", { path: { assetId }, body: { email } });
}

/** DELETE /assets/{id}/grants/{userId}: running playback ends within seconds. */
export async function withdrawGrant(assetId: string, userId: string): Promise<void> {
  await call("withdrawGrant", { path: { assetId, userId } });
}
