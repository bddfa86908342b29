import { useCallback, type RefObject } from "react";
import type { Poster } from "@/api/types";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { useOnChange } from "@/lib/use-on-change";
import { useResource } from "@/lib/use-resource";
import { deletePoster, getPoster, pickPoster, putPoster } from "../api/poster";

const LOOK_MS = 1_000;

const pace = (poster: Poster | undefined) => (poster?.state === "uploaded" ? LOOK_MS : 0);

interface EditorProps {
  assetId: string;
  title: string;
  video: RefObject<HTMLVideoElement | null>;
  onChanged: () => void;
}

/** The picture that stands for the video: an own one, a frame, or the one that the platform found. */
export function PosterEditor({ assetId, title, video, onChanged }: EditorProps) {
  const load = useCallback((signal: AbortSignal) => getPoster(assetId, signal), [assetId]);
  const { data, error: loadError, reload } = useResource(load, pace);
  const { busy, error, run } = useAction();
  useOnChange(data && (data.posterUrl ?? ""), onChanged);
  const change = (act: () => Promise<void>) => void run(async () => (await act(), reload()));
  const useFrame = () => change(() => pickPoster(assetId, video.current?.currentTime ?? 0));
  const rendering = data?.state === "uploaded";
  return (
    <section className="panel settings-card" aria-label="Poster">
      <h3>Poster</h3>
      {data?.posterUrl && <img className="poster" src={data.posterUrl} alt={`The poster of ${title}`} />}
      {data?.state === "failed" && data.failure && <ErrorNotice error={new Error(data.failure.message)} />}
      <ErrorNotice error={error ?? loadError} />
      <p className="settings-acts">
        <FileButton
          accept="image/jpeg,image/png,image/webp"
          disabled={busy || rendering}
          testId="poster-input"
          onFile={(file) => change(() => putPoster(assetId, file))}
        >
          <Icon name="upload" /> Upload a picture
        </FileButton>
        <button type="button" className="button" disabled={busy || rendering} onClick={useFrame}>
          Use this frame
        </button>
        {data && data.state !== "automatic" && (
          <button type="button" className="button" disabled={busy} onClick={() => change(() => deletePoster(assetId))}>
            Back to the automatic one
          </button>
        )}
        <span role="status">{rendering && "Being rendered…"}</span>
      </p>
      <p className="field-hint">JPEG, PNG or WebP of at most 10 MB, or the frame that the player shows now.</p>
    </section>
  );
}
