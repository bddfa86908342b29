import { lazy, Suspense, useCallback, useEffect, useRef, useState, type ReactNode } from "react";
import type { Asset, Playback, Progress } from "@/api/types";
import { Icon } from "@/components/icon";
import { ErrorNotice, Loading } from "@/components/notice";
import { age, bytes, clock } from "@/lib/format";
import { Link } from "@/lib/router";
import { useOnChange } from "@/lib/use-on-change";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { Player } from "@/player/player";
import { usePlayback } from "@/player/use-playback";
import { canPlay, progressLine, STATES } from "@/lib/asset-words";
import { isFinal, useProgress } from "@/lib/use-progress";
import { cancelAsset, retryAsset } from "../api/steer-asset";
import { getAsset } from "../api/get-asset";
import { startPlayback } from "../api/playback";
import { ChapterList } from "./chapter-list";
import { DeleteDialog } from "./delete-dialog";
import { ShareDialog } from "./share-dialog";
import { TranscriptSection } from "./transcript";
import { useAwaited, useExtras } from "./use-extras";
import "./watch.css";

const SETTLED_MS = 6_000;

const SettingsPanel = lazy(() => import("../settings/settings-panel"));

function Preparing({ progress, title }: { progress: Progress; title: string }) {
  return (
    <div className="preparing">
      <progress max={100} value={progress.percent} aria-label={`Preparing ${title}`} />
      <p>{progressLine(progress)}</p>
    </div>
  );
}

function Stage({ asset, progress }: { asset: Asset; progress: Progress | undefined }) {
  const state = progress?.state ?? asset.state;
  const failure = progress?.error ?? asset.failure;
  if (state === "failed") {
    return (
      <div className="stage stage-bad" role="alert">
        <Icon name="alert" />
        <h2>This video could not be prepared</h2>
        <p>{failure?.message ?? "The reason is not known."}</p>
      </div>
    );
  }
  if (isFinal(state) || state === "uploading") {
    return (
      <div className="stage">
        <h2>{STATES[state]}</h2>
        {state === "uploading" && <p>Choose the file again in the library to go on.</p>}
      </div>
    );
  }
  return (
    <div className="stage" role="status">
      <h2>It will play here in a moment</h2>
      <p>Nothing to do: the video starts as soon as its first seconds are prepared.</p>
      {progress && <Preparing progress={progress} title={asset.title} />}
    </div>
  );
}

interface ActionsProps {
  asset: Asset;
  working: boolean;
  settings: boolean;
  onSettings: () => void;
  onChanged: () => void;
}

function Actions({ asset, working, settings, onSettings, onChanged }: ActionsProps) {
  const [open, setOpen] = useState<"share" | "delete" | null>(null);
  const [error, setError] = useState<unknown>();
  const close = () => setOpen(null);
  const steer = (act: (assetId: string) => Promise<void>) => {
    setError(undefined);
    act(asset.id).then(onChanged, setError);
  };
  const ended = asset.state === "failed" || asset.state === "cancelled";
  // A file that is at fault stays at fault.
  const hopeful = ended && !asset.failure?.code.startsWith("media.");
  return (
    <>
      <ErrorNotice error={error} />
      {!ended && (
        <button type="button" className="button" onClick={() => setOpen("share")}>
          <Icon name="share" /> Share
        </button>
      )}
      <button type="button" className="button" aria-expanded={settings} aria-controls="settings" onClick={onSettings}>
        <Icon name="gear" /> Settings
      </button>
      {working && (
        <button type="button" className="button" onClick={() => steer(cancelAsset)}>
          Stop preparing
        </button>
      )}
      {hopeful && (
        <button type="button" className="button" onClick={() => steer(retryAsset)}>
          Try again
        </button>
      )}
      <button type="button" className="button ghost square" aria-label="Delete" onClick={() => setOpen("delete")}>
        <Icon name="trash" />
      </button>
      {open === "share" && <ShareDialog assetId={asset.id} onClose={close} />}
      {open === "delete" && <DeleteDialog assetId={asset.id} title={asset.title} onClose={close} />}
    </>
  );
}

function facts(asset: Asset): string {
  const { width, height } = asset.source ?? {};
  return [
    asset.durationS === null ? null : clock(asset.durationS),
    width && height ? `${width} × ${height}` : null,
    asset.size ? bytes(asset.size) : null,
    `uploaded ${age(asset.createdAt)}`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/** The owner lets viewers save it, and the file isn't there yet; there is none of what is encrypted. */
const awaitsFile = (asset: Asset, playback: Playback | null) =>
  asset.mine && asset.state === "ready" && asset.options.download && !asset.options.encrypted && playback?.downloadUrl === null;

function Head({ asset, playback, children }: { asset: Asset; playback: Playback | null; children: ReactNode }) {
  return (
    <div className="watch-head">
      <div>
        <h1>{asset.title || asset.filename}</h1>
        <p>{facts(asset)}</p>
      </div>
      <div className="watch-acts">
        {playback?.downloadUrl && (
          <a className="button" href={playback.downloadUrl} download>
            <Icon name="save" /> Save
          </a>
        )}
        {children}
      </div>
    </div>
  );
}

/** Calls back now and once more: the list forgets captions at once, the streams some seconds later. */
function useTwice(call: () => void): () => void {
  return useCallback(() => {
    call();
    setTimeout(call, SETTLED_MS);
  }, [call]);
}

function Watch({ asset, reload }: { asset: Asset; reload: () => void }) {
  useTitle(asset.title);
  const video = useRef<HTMLVideoElement>(null);
  const [settings, setSettings] = useState(false);
  // Counts what the owner changed that the playback session may tell of: poster, captions, the file to save.
  const [changes, setChanges] = useState(0);
  const changed = useCallback(() => setChanges((count) => count + 1), []);
  const progress = useProgress(asset.id, !isFinal(asset.state) && asset.state !== "uploading");
  const state = progress?.state ?? asset.state;
  const playable = canPlay(state) || progress?.playable === true;
  const start = useCallback((signal: AbortSignal) => startPlayback(asset.id, signal), [asset.id]);
  const { playback, error, renew } = usePlayback(playable ? start : null, `${state} ${changes}`);
  const { captions, chapters, streamed, reloadCaptions, reloadChapters } = useExtras(asset.id, state, playable);
  useOnChange(streamed, useTwice(changed));
  useAwaited(awaitsFile(asset, playback), renew);
  const working = !isFinal(state) && state !== "uploading";
  useEffect(() => {
    if (progress && progress.state !== asset.state) reload();
  }, [progress, asset.state, reload]);
  const onAsset = useCallback(() => {
    reload();
    changed();
  }, [reload, changed]);

  return (
    <>
      {playback ? (
        <Player playback={playback} title={asset.title} chapters={chapters ?? []} video={video} onDenied={renew} />
      ) : (
        <Stage asset={asset} progress={progress} />
      )}
      <ErrorNotice error={error} />
      {working && playback && progress && <Preparing progress={progress} title={asset.title} />}
      <Head asset={asset} playback={playback}>
        {asset.mine && (
          <Actions asset={asset} working={working} settings={settings} onSettings={() => setSettings(!settings)} onChanged={reload} />
        )}
      </Head>
      {playback && chapters && chapters.length > 0 && <ChapterList chapters={chapters} video={video} />}
      {settings && chapters && (
        <Suspense fallback={<Loading what="the settings" />}>
          <SettingsPanel
            asset={asset}
            captions={captions}
            chapters={chapters}
            video={video}
            onAsset={onAsset}
            onCaptions={reloadCaptions}
            onChapters={reloadChapters}
          />
        </Suspense>
      )}
      {playback && <TranscriptSection assetId={asset.id} captions={captions} video={video} />}
    </>
  );
}

/** One video: watch it as soon as there is something to see. */
export default function WatchPage({ assetId }: { assetId: string }) {
  const load = useCallback((signal: AbortSignal) => getAsset(assetId, signal), [assetId]);
  const { data, error, reload } = useResource(load);
  return (
    <article className="watch">
      <Link href="/library" className="watch-back">
        <Icon name="back" /> Library
      </Link>
      <ErrorNotice error={error} />
      {!data && !error && <Loading what="the video" />}
      {data && <Watch asset={data} reload={reload} />}
    </article>
  );
}
