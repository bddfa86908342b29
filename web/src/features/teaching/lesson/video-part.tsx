import { useCallback, useState } from "react";
import type { Asset } from "@/api/types";
import { ErrorNotice } from "@/components/notice";
import { canPlay, progressLine, STATES } from "@/lib/asset-words";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { useOnChange } from "@/lib/use-on-change";
import { isFinal, useProgress } from "@/lib/use-progress";
import { useResource } from "@/lib/use-resource";
import type { UploadItem } from "@/lib/uploads";
import { getAsset } from "../api/assets";
import { changeLesson, type Lesson } from "../api/lessons";
import { AssetChoice } from "./asset-choice";
import { Uploading } from "./uploading";

interface PartProps {
  lesson: Lesson;
  userId: string;
  onChanged: () => Promise<void>;
}

/** The video of a lesson: uploaded here, or one that is there already. */
export function VideoPart({ lesson, userId, onChanged }: PartProps) {
  const { error, run } = useAction();
  const [choosing, setChoosing] = useState(false);
  const { assetId } = lesson;
  const take = useCallback(
    (id: string | null) =>
      void run(async () => {
        await changeLesson(lesson.id, { assetId: id });
        await onChanged();
        if (id !== null) setChoosing(false);
      }),
    [run, lesson.id, onChanged],
  );
  const ours = useCallback((item: UploadItem) => item.assetId !== null && item.assetId === assetId, [assetId]);
  const [arrivals, setArrivals] = useState(0);
  const arrived = useCallback(() => setArrivals((count) => count + 1), []);
  return (
    <section className="panel teach-card" aria-label="Video">
      <h2>Video</h2>
      {assetId ? <Shown key={`${assetId} ${arrivals}`} assetId={assetId} /> : <p>This lesson has no video yet.</p>}
      <Uploading userId={userId} accept="video/*,audio/*,.mkv,.mov,.ts" target={{ onKnown: take }} ours={ours} onArrived={arrived}>
        {assetId ? "Upload another one" : "Upload a video"}
      </Uploading>
      <p className="teach-acts">
        <button type="button" className="button" aria-expanded={choosing} onClick={() => setChoosing(!choosing)}>
          Choose one of my videos
        </button>
        {assetId && (
          <button type="button" className="button" onClick={() => take(null)}>
            Take it out of the lesson
          </button>
        )}
      </p>
      {choosing && <AssetChoice onTake={take} />}
      <ErrorNotice error={error} />
    </section>
  );
}

function Shown({ assetId }: { assetId: string }) {
  const load = useCallback((signal: AbortSignal) => getAsset(assetId, signal), [assetId]);
  const { data: asset, error, reload } = useResource(load);
  const progress = useProgress(assetId, asset !== undefined && asset.state !== "uploading" && !isFinal(asset.state));
  useOnChange(progress?.state, reload);
  if (!asset) return <ErrorNotice error={error} />;
  return (
    <div>
      <p>{canPlay(asset.state) ? <Link href={`/watch/${assetId}`}>{asset.title}</Link> : asset.title}</p>
      <p className="teach-note" role="status">
        {line(asset, progress ? progressLine(progress) : undefined)}
      </p>
      {progress && !isFinal(progress.state) && <progress max={100} value={progress.percent} aria-label={`Preparing ${asset.title}`} />}
    </div>
  );
}

function line(asset: Asset, progress: string | undefined): string {
  if (asset.state === "failed") return asset.failure?.message ?? STATES.failed;
  return isFinal(asset.state) || !progress ? STATES[asset.state] : progress;
}
