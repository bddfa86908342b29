import { request } from "@/api/client";
import type { Asset, Page } from "@/api/types";

/** GET /assets: own and granted ones, newest first, a page at a time. */
export function listAssets(signal?: AbortSignal, cursor?: string): Promise<Page<Asset>> {
  const query = cursor ? `?cursor=${encodeURIComponent(cursor)}` : "";
  return request<Page<Asset>>(`/assets${query}`, { signal });
}
