import { useEffect, useState, type FocusEvent, type PointerEvent } from "react";
import type { Asset, PosterFile } from "@/api/types";
import { Icon } from "@/components/icon";
import { age, bytes, clock } from "@/lib/format";
import { Link } from "@/lib/router";
import { canPlay, progressLine, STATES } from "@/lib/asset-words";
import { isFinal, useProgress } from "@/lib/use-progress";

/** The width of a card, so that the browser takes the picture that fits. */
const SIZES = "(width < 40rem) 100vw, 20rem";

const sourceSet = (posters: readonly PosterFile[], mediaType: string) =>
  posters
    .filter((poster) => poster.mediaType === mediaType)
    .map(({ url, width }) => `${url} ${width}w`)
    .join(", ");

function PosterPicture({ asset, poster, onBroken }: { asset: Asset; poster: string; onBroken: () => void }) {
  const [webp, jpeg] = [sourceSet(asset.posters, "image/webp"), sourceSet(asset.posters, "image/jpeg")];
  return (
    <picture>
      {webp && <source type="image/webp" srcSet={webp} sizes={SIZES} />}
      <img src={poster} {...(jpeg && { srcSet: jpeg, sizes: SIZES })} alt="" loading="lazy" onError={onBroken} />
    </picture>
  );
}

function Thumb({ asset, moving }: { asset: Asset; moving: boolean }) {
  const [broken, setBroken] = useState<string | null>(null);
  const poster = asset.posterUrl === broken ? null : asset.posterUrl;
  return (
    <div className="thumb">
      {poster ? <PosterPicture asset={asset} poster={poster} onBroken={() => setBroken(poster)} /> : <Icon name="film" />}
      {moving && poster && asset.previewUrl && <img className="thumb-moving" src={asset.previewUrl} alt="" />}
      {asset.durationS !== null && <span className="thumb-time">{clock(asset.durationS)}</span>}
    </div>
  );
}

const wantsStillness = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

/** True while the card is looked at: a mouse over it, or the keyboard on it. */
function useAttention() {
  const [looked, setLooked] = useState(false);
  const look = () => setLooked(!wantsStillness());
  const leave = () => setLooked(false);
  const handlers = {
    onPointerEnter: (event: PointerEvent) => event.pointerType === "mouse" && look(),
    onPointerLeave: leave,
    onFocus: (event: FocusEvent) => event.target.matches(":focus-visible") && look(),
    onBlur: leave,
  };
  return [looked, handlers] as const;
}

/** One video of the library; one that is being prepared shows how far it is. */
export function AssetCard({ asset, onChanged }: { asset: Asset; onChanged: () => void }) {
  const working = !isFinal(asset.state) && asset.state !== "uploading";
  const progress = useProgress(asset.id, working);
  const state = progress?.state ?? asset.state;
  useEffect(() => {
    if (progress && progress.state !== asset.state) onChanged();
  }, [progress, asset.state, onChanged]);

  const [looked, attention] = useAttention();
  const failure = progress?.error ?? asset.failure;
  const facts = [asset.mine ? null : "Shared with you", age(asset.createdAt), asset.size ? bytes(asset.size) : null];
  return (
    <li className={`card card-${state}`}>
      <Link href={`/watch/${asset.id}`} className="card-link" {...attention}>
        <Thumb asset={asset} moving={looked} />
        <h2>{asset.title || asset.filename}</h2>
      </Link>
      {state === "failed" && <p className="card-bad">{failure?.message ?? STATES.failed}</p>}
      {working && state !== "ready" && (
        <div className="card-progress" aria-live="off">
          <progress max={100} {...(progress && { value: progress.percent })} aria-label={`Preparing ${asset.title}`} />
          <p>{progress ? progressLine(progress) : STATES[state]}</p>
        </div>
      )}
      <p className="card-facts">
        {canPlay(state) && state !== "ready" && <span className="tag">Watch now</span>}
        {(state === "uploading" || state === "cancelled") && <span className="tag tag-quiet">{STATES[state]}</span>}
        {facts.filter(Boolean).join(" · ")}
      </p>
    </li>
  );
}
