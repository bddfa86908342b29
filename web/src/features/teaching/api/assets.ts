import { request } from "@/api/client";
import type { Asset, Page } from "@/api/types";

/** GET /assets: own videos and those that somebody shared, the newest first. */
export function listAssets(cursor: string | undefined, signal: AbortSignal): Promise<Page<Asset>> {
  return request<Page<Asset>>(`/assets${cursor ? `?cursor=${encodeURIComponent(cursor)}` : ""}`, { signal });
}

/** GET /assets/{id}. */
export function getAsset(assetId: string, signal: AbortSignal): Promise<Asset> {
  return request<Asset>(`/assets/${assetId}`, { signal });
}
