import { call } from "@/api/client";
import type { Profile } from "@/api/types";

/** POST /assets/{id}/reencode: make another version in the background. */
export async function reencode(assetId: string, profile: Profile): Promise<void> {
  await call("reencodeAsset", { path: { assetId }, body: { profile } });
}

/** DELETE /assets/{id}/reencode: give up the version that is being made. */
export async function cancelReencode(assetId: string): Promise<void> {
  await call("cancelReencode", { path: { assetId } });
}
