import { useCallback, useRef, useState, type MouseEvent, type RefObject } from "react";
import type { Chapter, Playback } from "@/api/types";
import { Dialog } from "@/components/dialog";
import { Icon } from "@/components/icon";
import { fullscreen, toggle } from "./actions";
import { Controls } from "./controls";
import type { Denied } from "./engine";
import { HELP } from "./shortcuts";
import { useStoryboard } from "./storyboard";
import { useEngine } from "./use-engine";
import { useQuiet } from "./use-quiet";
import { useShortcuts } from "./use-shortcuts";
import { useVideo } from "./use-video";
import "./player.css";

function ShortcutHelp({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <dl className="keys">
        {HELP.map(([keys, does]) => (
          <div key={keys}>
            <dt>{keys}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}

interface PlayerProps {
  playback: Playback;
  title: string;
  chapters: readonly Chapter[];
  /** Where the element goes, for what stands beside the picture and jumps in it. */
  video: RefObject<HTMLVideoElement | null>;
  onDenied: Denied;
}

/** The picture and its controls. `playback` may be renewed at any time; the picture goes on. */
export function Player({ playback, title, chapters, video, onDenied }: PlayerProps) {
  const stage = useRef<HTMLElement>(null);
  const [help, setHelp] = useState(false);
  const [quiet, stir] = useQuiet(stage);
  const engine = useEngine(video, playback.manifestUrl, playback.expiresAt, onDenied);
  const state = useVideo(video);
  const cues = useStoryboard(playback.storyboardUrl);
  // While the playlist grows its length says only what is prepared; the API knows the whole.
  const total = Math.max(playback.durationS, state.available);
  const showHelp = useCallback(() => setHelp(true), []);
  useShortcuts({ video, stage, available: state.available, total, onCaptions: engine.toggleCaptions, onHelp: showHelp, onUsed: stir });

  const act = (what: (element: HTMLVideoElement) => unknown) => {
    if (video.current) what(video.current);
  };
  const onFullscreen = () => {
    if (stage.current && video.current) void fullscreen(stage.current, video.current).catch(() => undefined);
  };
  // A finger has no way to hover: its first tap brings the controls back, the next one acts.
  const onPicture = (event: MouseEvent) => {
    const finger = "pointerType" in event.nativeEvent && event.nativeEvent.pointerType === "touch";
    if (finger && quiet && !state.paused) stir();
    else act(toggle);
  };
  const untouched = state.paused && !state.started && !engine.error;
  return (
    <section ref={stage} className={quiet && !state.paused ? "player player-quiet" : "player"} aria-label={`Video: ${title}`}>
      <video
        ref={video}
        playsInline
        preload="auto"
        {...(playback.posterUrl && { poster: playback.posterUrl })}
        onClick={onPicture}
        onDoubleClick={onFullscreen}
      />
      {state.waiting && <div className="player-wait" role="status" aria-label="Loading" />}
      {untouched && (
        <button type="button" className="player-start" aria-label="Play the video" onClick={() => act(toggle)}>
          <Icon name="play" filled />
        </button>
      )}
      {engine.error && (
        <p className="player-error" role="alert">
          {engine.error}
        </p>
      )}
      <Controls
        act={act}
        state={state}
        total={total}
        cues={cues}
        chapters={chapters}
        engine={engine}
        onHelp={showHelp}
        onFullscreen={onFullscreen}
      />
      {help && <ShortcutHelp onClose={() => setHelp(false)} />}
    </section>
  );
}
