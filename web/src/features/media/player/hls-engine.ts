/** hls.js behind the Engine interface: growing playlists, broken connections, renewed signatures, late qualities. */
import Hls, { ErrorTypes, Events, type ErrorData, type HlsConfig, type Level } from "hls.js";
import { Store } from "@/lib/store";
import { NOTHING, type Denied, type Engine, type EngineState, type Quality } from "./engine";

const CONFIG: Partial<HlsConfig> = {
  // The page never shows live television: a growing playlist is a video whose end isn't there yet.
  lowLatencyMode: false,
  backBufferLength: 60,
  maxBufferLength: 30,
  capLevelToPlayerSize: true,
  // Begin with the quality that the connection last had room for, not with the first one of the list.
  startLevel: -1,
  testBandwidth: false,
};
const BANDWIDTH_KEY = "aula-bandwidth";
const FIRST_GUESS = 3_000_000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

export const hlsWorks = (): boolean => Hls.isSupported();

function label(level: Level): string {
  const side = Math.min(level.width || level.height, level.height || level.width);
  const size = side > 0 ? `${side}p` : `${Math.round(level.bitrate / 1000)} kbit/s`;
  // Beside H.264, in the same sizes.
  return level.videoCodec?.startsWith("av01") ? `${size} AV1` : size;
}

/** Bits per second of the last time, in any tab; a guess before there was one, or where nothing may be kept. */
function lastBandwidth(): number {
  try {
    return Number(localStorage.getItem(BANDWIDTH_KEY)) || FIRST_GUESS;
  } catch {
    return FIRST_GUESS;
  }
}

function keepBandwidth(estimate: number): void {
  try {
    if (Number.isFinite(estimate)) localStorage.setItem(BANDWIDTH_KEY, String(Math.round(estimate)));
  } catch {
    // Private windows may refuse; the guess does as well.
  }
}

const qualities = (hls: Hls): Quality[] => hls.levels.map((level, index) => ({ index, label: label(level) }));

export class HlsEngine implements Engine {
  readonly state = new Store<EngineState>(NOTHING);
  private hls: Hls;
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private next: Hls | null = null;
  private destroyed = false;

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly onDenied: Denied,
  ) {
    this.hls = new Hls({ ...CONFIG, abrEwmaDefaultEstimate: lastBandwidth() });
    this.listen(this.hls);
    this.hls.loadSource(url);
    this.hls.attachMedia(video);
  }

  private change(change: Partial<EngineState>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  private listen(hls: Hls): void {
    hls.on(Events.MANIFEST_PARSED, () => this.change({ qualities: qualities(hls), error: null }));
    hls.on(Events.LEVEL_SWITCHED, (_name, { level }) => this.change({ showing: level }));
    hls.on(Events.FRAG_BUFFERED, () => {
      this.retries = 0;
    });
    hls.on(Events.ERROR, (_name, data) => this.onError(hls, data));
  }

  private onError(hls: Hls, data: ErrorData): void {
    if (hls !== this.hls || this.destroyed) return;
    if (!data.fatal) return;
    if (data.type === ErrorTypes.MEDIA_ERROR && this.retries < RETRY_MS.length) {
      this.retries += 1;
      hls.recoverMediaError();
      return;
    }
    if (data.type !== ErrorTypes.NETWORK_ERROR) {
      this.change({ error: "This browser can't play the video." });
      return;
    }
    void this.reconnect(data.response?.code === 403);
  }

  private async reconnect(denied: boolean): Promise<void> {
    const wait = RETRY_MS[Math.min(this.retries, RETRY_MS.length - 1)] ?? 1000;
    this.retries += 1;
    if (this.retries > RETRY_MS.length) this.change({ error: "The connection to the video was lost. Trying again…" });
    try {
      if (denied) await this.onDenied();
    } catch {
      return; // the page says why access has ended
    }
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      if (this.destroyed) return;
      if (this.hls.levels.length === 0) this.hls.loadSource(this.url);
      else this.hls.startLoad();
    }, wait);
  }

  choose(index: number): void {
    this.hls.nextLevel = index;
    this.change({ chosen: index });
  }

  /**
   * Players read a master playlist once. A second hls.js reads it anew and, if it lists more, takes the element over with
   * what is buffered in it, so the picture goes on.
   */
  learn(): void {
    if (this.next || this.destroyed || this.hls.levels.length === 0) return;
    const next = new Hls({ ...CONFIG, abrEwmaDefaultEstimate: this.hls.bandwidthEstimate, autoStartLoad: false });
    this.next = next;
    const drop = () => {
      if (this.next === next) this.next = null;
      next.destroy();
    };
    next.once(Events.MANIFEST_PARSED, () => {
      if (this.destroyed || next.levels.length <= this.hls.levels.length) return drop();
      return this.handOver(next);
    });
    next.on(Events.ERROR, (_name, data) => {
      if (data.fatal && this.next === next) drop();
    });
    next.loadSource(this.url);
  }

  private handOver(next: Hls): void {
    const old = this.hls;
    const chosen = this.state.get().chosen;
    const height = chosen < 0 ? 0 : (old.levels[chosen]?.height ?? 0);
    const media = old.transferMedia();
    old.destroy();
    this.hls = next;
    this.next = null;
    this.listen(next);
    next.attachMedia(media ?? this.video);
    next.startLoad(this.video.currentTime, true);
    const same = height > 0 ? next.levels.findIndex((level) => level.height === height) : -1;
    if (same >= 0) next.nextLevel = same;
    this.change({ qualities: qualities(next), chosen: same });
  }

  destroy(): void {
    this.destroyed = true;
    clearTimeout(this.retryTimer);
    keepBandwidth(this.hls.bandwidthEstimate);
    this.next?.destroy();
    this.hls.destroy();
  }
}
