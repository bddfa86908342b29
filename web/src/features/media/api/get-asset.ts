import { request } from "@/api/client";
import type { Asset } from "@/api/types";

/** GET /assets/{id}. */
export function getAsset(assetId: string, signal?: AbortSignal): Promise<Asset> {
  return request<Asset>(`/assets/${assetId}`, { signal });
}
