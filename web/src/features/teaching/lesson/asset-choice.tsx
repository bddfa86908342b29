import { MoreButton } from "@/components/more-button";
import { Loading } from "@/components/notice";
import { STATES } from "@/lib/asset-words";
import { usePages } from "@/lib/use-pages";
import { listAssets } from "../api/assets";

/** One's own videos, to take one of them. */
export function AssetChoice({ onTake }: { onTake: (assetId: string) => void }) {
  const assets = usePages(listAssets);
  const own = assets.items.filter((asset) => asset.mine);
  return (
    <div className="teach-form">
      {!assets.loaded && <Loading what="your videos" />}
      {assets.loaded && own.length === 0 && <p>You have no videos yet.</p>}
      <ul className="teach-list">
        {own.map((asset) => (
          <li key={asset.id} className="teach-row teach-lesson">
            <span>{asset.title}</span>
            <span className="teach-note">{STATES[asset.state]}</span>
            <button type="button" className="button" aria-label={`Take ${asset.title}`} onClick={() => onTake(asset.id)}>
              Take it
            </button>
          </li>
        ))}
      </ul>
      <MoreButton pages={assets} />
    </div>
  );
}
