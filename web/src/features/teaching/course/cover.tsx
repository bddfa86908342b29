import { useCallback } from "react";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { useOnChange } from "@/lib/use-on-change";
import { useResource } from "@/lib/use-resource";
import { deleteCover, getCover, putCover, type Cover as Picture } from "../api/cover";

const LOOK_MS = 2_000;
const pace = (cover: Picture | undefined) => (cover?.state === "uploaded" ? LOOK_MS : 0);

/** The picture that stands for the course. */
export function Cover({ courseId, onChanged }: { courseId: string; onChanged: () => void }) {
  const load = useCallback((signal: AbortSignal) => getCover(courseId, signal), [courseId]);
  const { data, error: loadError, reload } = useResource(load, pace);
  const { busy, error, run } = useAction();
  useOnChange(data && (data.url ?? ""), onChanged);
  const change = (act: () => Promise<void>) => void run(async () => (await act(), reload()));
  const rendering = data?.state === "uploaded";
  return (
    <section className="panel teach-card teach-form" aria-label="Cover">
      <h2>Cover</h2>
      {data?.url && <img className="teach-cover" src={data.url} alt="The cover of the course" />}
      {data?.state === "failed" && data.failure && <ErrorNotice error={new Error(data.failure.message)} />}
      <ErrorNotice error={error ?? loadError} />
      <p className="teach-acts">
        <FileButton
          accept="image/jpeg,image/png,image/webp"
          disabled={busy || rendering}
          testId="cover-input"
          onFile={(file) => change(() => putCover(courseId, file))}
        >
          <Icon name="upload" /> Upload a picture
        </FileButton>
        {data && data.state !== "none" && (
          <button type="button" className="button" disabled={busy} onClick={() => change(() => deleteCover(courseId))}>
            Remove it
          </button>
        )}
        <span role="status">{rendering && "Being rendered…"}</span>
      </p>
      <p className="field-hint">JPEG, PNG or WebP of at most 10 MB, best twice as wide as high.</p>
    </section>
  );
}
