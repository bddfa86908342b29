import { request } from "@/api/client";
import type { Asset, Options } from "@/api/types";

/** PATCH /assets/{id}: what is left out stays. */
export function changeAsset(assetId: string, change: { title?: string; options?: Options }): Promise<Asset> {
  return request<Asset>(`/assets/${assetId}`, { method: "PATCH", body: change });
}
