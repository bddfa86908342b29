import { useState } from "react";
import { Dialog } from "@/components/dialog";
import { ErrorNotice } from "@/components/notice";
import { navigate } from "@/lib/router";
import { deleteAsset } from "../api/delete-asset";

/** Ask before a video is gone for everyone. */
export function DeleteDialog({ assetId, title, onClose }: { assetId: string; title: string; onClose: () => void }) {
  const [error, setError] = useState<unknown>();
  const remove = async () => {
    try {
      await deleteAsset(assetId);
      navigate("/");
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog title="Delete this video?" onClose={onClose}>
      <div className="share">
        <p>“{title}” and everything made of it will be gone, for you and for everyone you shared it with.</p>
        <ErrorNotice error={error} />
        <button type="button" className="button danger" onClick={() => void remove()}>
          Delete for good
        </button>
      </div>
    </Dialog>
  );
}
