import type { RefObject } from "react";
import type { Asset, Caption, Chapter } from "@/api/types";
import { CaptionsEditor } from "./captions-editor";
import { ChaptersEditor } from "./chapters-editor";
import { OptionsForm } from "./options-form";
import { PosterEditor } from "./poster-editor";
import { Reencode } from "./reencode";
import "./settings.css";

interface PanelProps {
  asset: Asset;
  captions: readonly Caption[];
  chapters: readonly Chapter[];
  video: RefObject<HTMLVideoElement | null>;
  onAsset: () => void;
  onCaptions: () => void;
  onChapters: () => void;
}

/** All that an owner may change about a video, below the picture so that it can be looked at meanwhile. */
export default function SettingsPanel({ asset, captions, chapters, video, onAsset, onCaptions, onChapters }: PanelProps) {
  return (
    <section className="settings-panel" aria-label="Settings" id="settings">
      <OptionsForm asset={asset} onChanged={onAsset} />
      <CaptionsEditor assetId={asset.id} captions={captions} onChanged={onCaptions} />
      <ChaptersEditor assetId={asset.id} chapters={chapters} video={video} onChanged={onChapters} />
      {asset.playable && <PosterEditor assetId={asset.id} title={asset.title} video={video} onChanged={onAsset} />}
      {asset.state === "ready" && <Reencode assetId={asset.id} />}
    </section>
  );
}
