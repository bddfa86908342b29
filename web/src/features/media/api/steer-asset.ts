import { call } from "@/api/client";

/** POST /assets/{id}/cancel: stop preparing it; the original stays. */
export async function cancelAsset(assetId: string): Promise<void> {
  await call("cancelAsset", { path: { assetId } });
}

/** POST /assets/{id}/retry: begin again with one that failed or was cancelled. */
export async function retryAsset(assetId: string): Promise<void> {
  await call("retryAsset", { path: { assetId } });
}
