/** What turns a manifest into pictures: hls.js where Media Source Extensions exist, else the browser itself (older iPhones). */
import { Store } from "@/lib/store";

export interface Quality {
  readonly index: number;
  /** "720p": the shorter side, so that portrait videos read as people expect. */
  readonly label: string;
}

export interface EngineState {
  readonly qualities: readonly Quality[];
  /** The viewer's choice; -1 leaves it to the player. */
  readonly chosen: number;
  /** The quality on screen, -1 while unknown. */
  readonly showing: number;
  readonly error: string | null;
}

export interface Engine {
  readonly state: Store<EngineState>;
  /** Show another quality from the next segment on; -1 means automatic. */
  choose(index: number): void;
  /** Look whether the master playlist lists more qualities by now, and take them over without interrupting. */
  learn(): void;
  destroy(): void;
}

/** `onDenied` is called when the signature was refused; it resolves when there is a new one. */
export type Denied = () => Promise<void>;

export const NOTHING: EngineState = { qualities: [], chosen: -1, showing: -1, error: null };

function nativeEngine(video: HTMLVideoElement, url: string): Engine {
  const state = new Store<EngineState>(NOTHING);
  const fail = () => state.set({ ...NOTHING, error: "This browser can't play the video." });
  video.addEventListener("error", fail);
  video.src = url;
  return {
    state,
    choose: () => undefined,
    learn: () => undefined,
    destroy() {
      video.removeEventListener("error", fail);
      video.removeAttribute("src");
      video.load();
    },
  };
}

/** Load hls.js (a file of its own) and attach the manifest to the element. */
export async function openEngine(video: HTMLVideoElement, url: string, onDenied: Denied): Promise<Engine> {
  const { HlsEngine, hlsWorks } = await import("./hls-engine");
  return hlsWorks() ? new HlsEngine(video, url, onDenied) : nativeEngine(video, url);
}
