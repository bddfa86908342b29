import { useEffect, useSyncExternalStore } from "react";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { UploadRow } from "@/components/upload-row";
import { addFiles, dismiss, uploads, type Target, type UploadItem } from "@/lib/uploads";

interface UploadingProps {
  userId: string;
  accept: string;
  target: Target;
  /** Which uploads of this tab belong here. */
  ours: (item: UploadItem) => boolean;
  onArrived: () => void;
  children: string;
}

/** A button for one file, and how far what was chosen by it has come. It goes on while one is elsewhere in the page. */
export function Uploading({ userId, accept, target, ours, onArrived, children }: UploadingProps) {
  const items = useSyncExternalStore(uploads.subscribe, uploads.get).filter(ours);
  const arrived = items.find((item) => item.status === "done")?.id;
  useEffect(() => {
    if (arrived === undefined) return;
    dismiss(arrived);
    onArrived();
  }, [arrived, onArrived]);
  const active = items.filter((item) => item.status !== "done");
  return (
    <>
      <p className="teach-acts">
        <FileButton accept={accept} testId="lesson-input" onFile={(file) => void addFiles([file], userId, target)}>
          <Icon name="upload" /> {children}
        </FileButton>
      </p>
      {active.length > 0 && (
        <ul className="uploads">
          {active.map((item) => (
            <UploadRow key={item.id} item={item} />
          ))}
        </ul>
      )}
    </>
  );
}
