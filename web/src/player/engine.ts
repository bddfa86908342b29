/** What turns a manifest into pictures: hls.js where Media Source Extensions exist, else the browser itself (older iPhones). */
import { Store } from "@/lib/store";

/** Captions or a sound to choose: `id` says language and name, so that it means the same in a list that was read anew. */
export interface Track {
  readonly id: string;
  /** BCP 47; empty where it is not known. */
  readonly language: string;
  readonly label: string;
}

export interface EngineState {
  /** "720p": the shorter side, so that portrait videos read as people expect; the best first. Codecs are the engine's affair. */
  readonly qualities: readonly string[];
  /** The viewer's choice; null leaves it to the player. */
  readonly chosen: string | null;
  /** The quality on screen, null while unknown. */
  readonly showing: string | null;
  readonly captions: readonly Track[];
  /** The id of the captions that show. */
  readonly caption: string | null;
  readonly sounds: readonly Track[];
  readonly sound: string | null;
  readonly error: string | null;
}

export interface Engine {
  readonly state: Store<EngineState>;
  /** Show another quality from the next segment on; null means automatic. */
  choose(quality: string | null): void;
  /** Show captions, or none; remembered for the next video. */
  caption(id: string | null): void;
  /** Play another sound; its language is remembered. */
  listen(id: string): void;
  /** Look whether the master playlist lists more by now, and take it over without interrupting. */
  learn(): void;
  destroy(): void;
}

/** `onDenied` is called when the signature was refused; it resolves when there is a new one. */
export type Denied = () => Promise<void>;

export const NOTHING: EngineState = {
  qualities: [],
  chosen: null,
  showing: null,
  captions: [],
  caption: null,
  sounds: [],
  sound: null,
  error: null,
};

const ignore = () => undefined;

function nativeEngine(video: HTMLVideoElement, url: string): Engine {
  const state = new Store<EngineState>(NOTHING);
  const fail = () => state.set({ ...NOTHING, error: "This browser can't play the video." });
  video.addEventListener("error", fail);
  video.src = url;
  return {
    state,
    choose: ignore,
    caption: ignore,
    listen: ignore,
    learn: ignore,
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
