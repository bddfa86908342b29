import { useCallback } from "react";
import { Icon } from "@/components/icon";
import { ErrorNotice, Loading } from "@/components/notice";
import { bytes } from "@/lib/format";
import { useAction } from "@/lib/use-action";
import { useResource } from "@/lib/use-resource";
import { downloadFile } from "./api/download-file";
import { getFile } from "./api/get-file";

/** The file of a lesson, to be saved. */
export function LessonFile({ fileId }: { fileId: string }) {
  const load = useCallback((signal: AbortSignal) => getFile(fileId, signal), [fileId]);
  const { data: file, error } = useResource(load);
  const { busy, error: refused, run } = useAction();
  const save = async () => location.assign((await downloadFile(fileId)).url);
  if (!file) return error ? <ErrorNotice error={error} /> : <Loading what="the file" />;
  return (
    <>
      <ErrorNotice error={refused} />
      <div className="panel lesson-file">
        <Icon name="file" />
        <p>
          <strong>{file.filename}</strong>
          <small>{[file.mediaType, file.size === null ? null : bytes(file.size)].filter(Boolean).join(" · ")}</small>
        </p>
        <button type="button" className="button primary" disabled={busy} onClick={() => void run(save)}>
          <Icon name="save" /> Download
        </button>
      </div>
    </>
  );
}
