import { useEffect, useState } from "react";
import type { Asset } from "@/api/types";
import { Icon } from "@/components/icon";
import { age, bytes, clock } from "@/lib/format";
import { Link } from "@/lib/router";
import { isFinal, useProgress } from "../api/progress";
import { canPlay, progressLine, STATES } from "../words";

function Thumb({ asset }: { asset: Asset }) {
  const [broken, setBroken] = useState<string | null>(null);
  const poster = asset.posterUrl === broken ? null : asset.posterUrl;
  return (
    <div className="thumb">
      {poster ? <img src={poster} alt="" loading="lazy" onError={() => setBroken(poster)} /> : <Icon name="film" />}
      {asset.durationS !== null && <span className="thumb-time">{clock(asset.durationS)}</span>}
    </div>
  );
}

/** One video of the library; one that is being prepared shows how far it is. */
export function AssetCard({ asset, onChanged }: { asset: Asset; onChanged: () => void }) {
  const working = !isFinal(asset.state) && asset.state !== "uploading";
  const progress = useProgress(asset.id, working);
  const state = progress?.state ?? asset.state;
  useEffect(() => {
    if (progress && progress.state !== asset.state) onChanged();
  }, [progress, asset.state, onChanged]);

  const failure = progress?.error ?? asset.failure;
  const facts = [asset.mine ? null : "Shared with you", age(asset.createdAt), asset.size ? bytes(asset.size) : null];
  return (
    <li className={`card card-${state}`}>
      <Link href={`/watch/${asset.id}`} className="card-link">
        <Thumb asset={asset} />
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
