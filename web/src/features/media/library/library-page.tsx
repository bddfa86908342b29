import { useCallback, useMemo, useState } from "react";
import type { Asset, Page, User } from "@/api/types";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { addFiles } from "@/lib/uploads";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { isFinal } from "@/lib/use-progress";
import { listAssets } from "../api/list-assets";
import { DropZone } from "../upload/drop-zone";
import { UploadList, useUploads } from "../upload/upload-list";
import { AssetCard } from "./asset-card";
import "./library.css";

const BUSY_MS = 10_000;
const IDLE_MS = 60_000;

const pace = (page: Page<Asset> | undefined) => (page?.items.some((asset) => !isFinal(asset.state)) ? BUSY_MS : IDLE_MS);

function useAssets() {
  const first = useResource(listAssets, pace);
  const [older, setOlder] = useState<Page<Asset> | null>(null);
  const cursor = (older ?? first.data)?.nextCursor ?? null;
  const more = async () => {
    if (!cursor) return;
    const next = await listAssets(undefined, cursor);
    setOlder((seen) => ({ items: [...(seen?.items ?? []), ...next.items], nextCursor: next.nextCursor }));
  };
  const items = useMemo(() => {
    const newest = first.data?.items ?? [];
    const ids = new Set(newest.map((asset) => asset.id));
    return [...newest, ...(older?.items ?? []).filter((asset) => !ids.has(asset.id))];
  }, [first.data, older]);
  return { ...first, items, more: cursor ? more : null };
}

/** Everything that the user may watch, and the place to add to it. */
export function LibraryPage({ user, canUpload }: { user: User; canUpload: boolean }) {
  useTitle("Library");
  const { data, error, reload, items, more } = useAssets();
  const uploads = useUploads(user.id);
  // What the list of uploads tells better is not shown twice.
  const told = new Set([...uploads.items, ...uploads.left].map((upload) => upload.assetId));
  const shown = items.filter((asset) => asset.state !== "uploading" || !told.has(asset.id));
  const [moreError, setMoreError] = useState<unknown>();
  const upload = useCallback((files: File[]) => void addFiles(files, user.id), [user.id]);

  return (
    <div className="library">
      <h1>Library</h1>
      {canUpload && (
        <>
          <DropZone onFiles={upload}>You can watch it as soon as the first seconds are prepared.</DropZone>
          <UploadList uploads={uploads} userId={user.id} onArrived={reload} />
        </>
      )}
      <ErrorNotice error={error ?? moreError} />
      {!data && !error && <Loading what="your videos" />}
      {data && shown.length === 0 && (
        <Empty title="Nothing here yet">
          <p>{canUpload ? "Your first video will appear here." : "Videos that somebody shares with you will appear here."}</p>
        </Empty>
      )}
      <ul className="cards">
        {shown.map((asset) => (
          <AssetCard key={asset.id} asset={asset} onChanged={reload} />
        ))}
      </ul>
      {more && (
        <button type="button" className="button library-more" onClick={() => void more().catch(setMoreError)}>
          Show older ones
        </button>
      )}
    </div>
  );
}
