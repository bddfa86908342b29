import type { Chapter } from "@/api/types";
import { Icon } from "@/components/icon";
import { clock } from "@/lib/format";
import { seek, toggle } from "./actions";
import { CaptionsMenu } from "./captions-menu";
import { SeekBar } from "./seek-bar";
import { SettingsMenu } from "./settings-menu";
import type { Cue } from "./storyboard";
import type { useEngine } from "./use-engine";
import type { VideoState } from "./use-video";

interface ControlsProps {
  /** Do something with the element. */
  act: (what: (video: HTMLVideoElement) => unknown) => void;
  state: VideoState;
  total: number;
  cues: readonly Cue[];
  chapters: readonly Chapter[];
  engine: ReturnType<typeof useEngine>;
  onHelp: () => void;
  onFullscreen: () => void;
}

function Sound({ act, state }: Pick<ControlsProps, "act" | "state">) {
  const volume = (to: number) => act((video) => Object.assign(video, { volume: to, muted: to === 0 }));
  return (
    <>
      <button
        type="button"
        className="player-button"
        aria-label={state.muted ? "Sound on" : "Sound off"}
        onClick={() => act((video) => (video.muted = !video.muted))}
      >
        <Icon name={state.muted ? "muted" : "volume"} />
      </button>
      <input
        type="range"
        className="volume"
        aria-label="Volume"
        min={0}
        max={1}
        step={0.05}
        value={state.muted ? 0 : state.volume}
        onChange={(event) => volume(Number(event.target.value))}
      />
    </>
  );
}

/** The bar below the picture. */
export function Controls({ act, state, total, cues, chapters, engine, onHelp, onFullscreen }: ControlsProps) {
  return (
    <div className="player-bar">
      <SeekBar
        {...state}
        total={total}
        cues={cues}
        chapters={chapters}
        onSeek={(to) => act((video) => seek(video, to, state.available))}
      />
      <button type="button" className="player-button" aria-label={state.paused ? "Play" : "Pause"} onClick={() => act(toggle)}>
        <Icon name={state.paused ? "play" : "pause"} filled={state.paused} />
      </button>
      <Sound act={act} state={state} />
      <span className="player-time">
        {clock(state.time)} / {clock(total)}
      </span>
      <CaptionsMenu captions={engine.captions} shown={engine.caption} onShow={engine.showCaptions} />
      <SettingsMenu
        qualities={engine.qualities}
        chosen={engine.chosen}
        showing={engine.showing}
        onChoose={engine.choose}
        sounds={engine.sounds}
        sound={engine.sound}
        onSound={engine.listen}
        rate={state.rate}
        onRate={(rate) => act((video) => (video.playbackRate = rate))}
      />
      <button type="button" className="player-button player-keys" aria-label="Keyboard shortcuts" onClick={onHelp}>
        <Icon name="keyboard" />
      </button>
      <button type="button" className="player-button" aria-label="Full screen" onClick={onFullscreen}>
        <Icon name="full" />
      </button>
    </div>
  );
}
