import { call } from "@/api/client";

/** DELETE /assets/{id}: the asset and everything made of it. */
export async function deleteAsset(assetId: string): Promise<void> {
  await call("deleteAsset", { path: { assetId } });
}
