import type { ReactNode } from "react";
import { Dialog } from "@/components/dialog";
import { ErrorNotice } from "@/components/notice";
import { useAction } from "@/lib/use-action";

interface ConfirmProps {
  title: string;
  /** What the button does, in its words. */
  act: string;
  onConfirm: () => Promise<unknown>;
  onClose: () => void;
  children: ReactNode;
}

/** Ask before something is gone or seen. Closes by itself when it has been done. */
export function ConfirmDialog({ title, act, onConfirm, onClose, children }: ConfirmProps) {
  const { busy, error, run } = useAction();
  const confirm = () => run(async () => (await onConfirm(), onClose()));
  return (
    <Dialog title={title} onClose={onClose}>
      <div className="teach-form">
        <p>{children}</p>
        <ErrorNotice error={error} />
        <p className="teach-acts">
          <button type="button" className="button danger" disabled={busy} onClick={() => void confirm()}>
            {act}
          </button>
          <button type="button" className="button" onClick={onClose}>
            Cancel
          </button>
        </p>
      </div>
    </Dialog>
  );
}
