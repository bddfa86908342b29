import { request, send } from "@/api/client";
import type { Grant } from "@/api/types";

/** GET /assets/{id}/grants: who may watch besides the owner. */
export function listGrants(assetId: string, signal?: AbortSignal): Promise<Grant[]> {
  return request<Grant[]>(`/assets/${assetId}/grants`, { signal });
}

/** POST /assets/{id}/grants: let the owner of an email address watch. */
export async function grantAsset(assetId: string, email: string): Promise<void> {
  await send(`/assets/${assetId}/grants`, { method: "POST", body: { email } });
}

/** DELETE /assets/{id}/grants/{userId}: running playback ends within seconds. */
export async function withdrawGrant(assetId: string, userId: string): Promise<void> {
  await send(`/assets/${assetId}/grants/${userId}`, { method: "DELETE" });
}
