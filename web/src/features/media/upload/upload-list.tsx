import { useCallback, useEffect, useMemo, useRef, useSyncExternalStore } from "react";
import { Icon } from "@/components/icon";
import { UploadRow } from "@/components/upload-row";
import { bytes } from "@/lib/format";
import { addFiles, dismiss, isFile, isTaken, uploads } from "@/lib/uploads";
import { useResource } from "@/lib/use-resource";
import { discardUnfinished, listUnfinished, type Unfinished } from "./unfinished";
import "./upload.css";

function UnfinishedRow({ upload, userId, onGone }: { upload: Unfinished; userId: string; onGone: () => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <li className="upload upload-left">
      <div className="upload-what">
        <strong>{upload.name}</strong>
        <span>
          {bytes(upload.sent)} of {bytes(upload.size)} are safe on the server. Choose the same file to go on.
        </span>
      </div>
      <div className="upload-acts">
        <button type="button" className="button" onClick={() => input.current?.click()}>
          Continue
        </button>
        <button
          type="button"
          className="button ghost square"
          aria-label={`Discard the upload of ${upload.name}`}
          onClick={() => void discardUnfinished(upload).catch(() => undefined).finally(onGone)}
        >
          <Icon name="close" />
        </button>
        <input
          ref={input}
          type="file"
          hidden
          onChange={(event) => void addFiles(event.target.files ?? [], userId)}
        />
      </div>
      <progress max={upload.size || 1} value={upload.sent} aria-label={`Unfinished upload of ${upload.name}`} />
    </li>
  );
}

/** What goes up in this tab, and what earlier visits left unfinished. */
export function useUploads(userId: string) {
  const all = useSyncExternalStore(uploads.subscribe, uploads.get);
  const items = useMemo(() => all.filter((item) => !isFile(item)), [all]);
  const load = useCallback(() => listUnfinished(userId), [userId]);
  const { data, reload } = useResource(load);
  const left = (data ?? []).filter((upload) => !isTaken(upload.key));
  return { items, left, reload };
}

interface UploadListProps {
  uploads: ReturnType<typeof useUploads>;
  userId: string;
  onArrived: () => void;
}

/** Uploads under way and unfinished ones; tells when one has arrived. */
export function UploadList({ uploads: { items, left, reload }, userId, onArrived }: UploadListProps) {
  useEffect(() => {
    const arrived = items.filter((item) => item.status === "done");
    for (const item of arrived) dismiss(item.id);
    if (arrived.length > 0) onArrived();
  }, [items, onArrived]);

  const active = items.filter((item) => item.status !== "done");
  if (active.length === 0 && left.length === 0) return null;
  return (
    <section aria-label="Uploads">
      <ul className="uploads panel">
        {active.map((item) => (
          <UploadRow key={item.id} item={item} />
        ))}
        {left.map((upload) => (
          <UnfinishedRow key={upload.key} upload={upload} userId={userId} onGone={reload} />
        ))}
      </ul>
    </section>
  );
}
