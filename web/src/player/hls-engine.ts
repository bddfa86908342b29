/** hls.js behind the Engine interface: growing playlists, broken connections, renewed signatures, late qualities. */
import Hls, { ErrorTypes, Events, type ErrorData, type HlsConfig, type Level, type MediaPlaylist } from "hls.js";
import { isElsewhere } from "@/lib/elsewhere";
import { Store } from "@/lib/store";
import { NOTHING, type Denied, type Engine, type EngineState } from "./engine";
import { remember, remembered } from "./memory";
import { asTracks, CaptionTracks, findTrack, trackId } from "./tracks";

const CONFIG: Partial<HlsConfig> = {
  // The page never shows live television: a growing playlist is a video whose end isn't there yet.
  lowLatencyMode: false,
  backBufferLength: 60,
  maxBufferLength: 30,
  capLevelToPlayerSize: true,
  // Begin with the quality that the connection last had room for, not with the first one of the list.
  startLevel: -1,
  testBandwidth: false,
  renderTextTracksNatively: false,
  // Not always: a bucket, to which our own server redirects, lets anybody read and so takes no cookies.
  xhrSetup: (xhr, url) => {
    xhr.withCredentials = isElsewhere(url);
  },
};
const FIRST_GUESS = 3_000_000;
const RETRY_MS = [500, 1000, 2000, 4000, 8000];

export const hlsWorks = (): boolean => Hls.isSupported();

function label(level: Level): string {
  const side = Math.min(level.width || level.height, level.height || level.width);
  return side > 0 ? `${side}p` : `${Math.round(level.bitrate / 1000)} kbit/s`;
}

/** One entry for each size, the best first, whichever codecs it comes in. */
const qualities = (hls: Hls): string[] => [...new Set(hls.levels.map(label))].toReversed();

/** The level of a quality; where there are several, in the codec that plays, so that the decoder goes on. */
function levelOf(hls: Hls, quality: string | null, codec: string): number {
  const fits = hls.levels.map((level, index) => ({ level, index })).filter(({ level }) => label(level) === quality);
  return (fits.find(({ level }) => level.videoCodec?.startsWith(codec)) ?? fits.at(-1))?.index ?? -1;
}

const sameTracks = (some: readonly MediaPlaylist[], others: readonly MediaPlaylist[]) =>
  some.map(trackId).join() === others.map(trackId).join();

export class HlsEngine implements Engine {
  readonly state = new Store<EngineState>(NOTHING);
  private hls: Hls;
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private next: Hls | null = null;
  private destroyed = false;
  private codec = "avc1";
  private readonly texts: CaptionTracks;
  /** What the viewer chose, here or in the video before. */
  private wanted = { captions: remembered("captions"), sound: remembered("sound") };

  constructor(
    private readonly video: HTMLVideoElement,
    private readonly url: string,
    private readonly onDenied: Denied,
  ) {
    this.texts = new CaptionTracks(video);
    this.hls = new Hls({ ...CONFIG, abrEwmaDefaultEstimate: Number(remembered("bandwidth")) || FIRST_GUESS });
    this.hear(this.hls);
    this.hls.loadSource(url);
    this.hls.attachMedia(video);
  }

  private change(change: Partial<EngineState>): void {
    this.state.set({ ...this.state.get(), ...change });
  }

  private hear(hls: Hls): void {
    hls.on(Events.MANIFEST_PARSED, () => this.change({ qualities: qualities(hls), error: null }));
    hls.on(Events.LEVEL_SWITCHED, (_name, { level }) => {
      const shown = hls.levels[level];
      this.codec = shown?.videoCodec?.slice(0, 4) ?? this.codec;
      this.change({ showing: shown ? label(shown) : null });
    });
    hls.on(Events.CUES_PARSED, (_name, { cues, subtitleTrack }) => {
      if (subtitleTrack) this.texts.add(subtitleTrack, cues);
    });
    // hls.js makes a choice of its own right after it has told of the tracks; ours comes after that.
    hls.on(Events.SUBTITLE_TRACKS_UPDATED, () => queueMicrotask(() => this.applyCaptions(hls)));
    hls.on(Events.AUDIO_TRACKS_UPDATED, () => queueMicrotask(() => this.applySound(hls)));
    hls.on(Events.AUDIO_TRACK_SWITCHED, (_name, playing) => this.change({ sound: trackId(playing) }));
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

  private applyCaptions(hls: Hls): void {
    if (hls !== this.hls || this.destroyed) return;
    const index = findTrack(hls.subtitleTracks, this.wanted.captions);
    const shown = hls.subtitleTracks[index];
    if (hls.subtitleTrack !== index) hls.subtitleTrack = index;
    this.texts.show(shown);
    this.change({ captions: asTracks(hls.subtitleTracks), caption: shown ? trackId(shown) : null });
  }

  private applySound(hls: Hls): void {
    if (hls !== this.hls || this.destroyed) return;
    const index = findTrack(hls.audioTracks, this.wanted.sound);
    if (index >= 0 && hls.audioTrack !== index) hls.audioTrack = index;
    const playing = hls.audioTracks[hls.audioTrack];
    this.change({ sounds: asTracks(hls.audioTracks), sound: playing ? trackId(playing) : null });
  }

  choose(quality: string | null): void {
    this.hls.nextLevel = levelOf(this.hls, quality, this.codec);
    this.change({ chosen: quality });
  }

  caption(id: string | null): void {
    this.wanted.captions = id;
    remember("captions", id);
    this.applyCaptions(this.hls);
  }

  listen(id: string): void {
    this.wanted.sound = id;
    remember("sound", id);
    this.applySound(this.hls);
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
    next.once(Events.MANIFEST_PARSED, (_name, { subtitleTracks }) => {
      const more = next.levels.length > this.hls.levels.length || !sameTracks(subtitleTracks, this.hls.allSubtitleTracks);
      if (this.destroyed || !more) return drop();
      return this.handOver(next);
    });
    next.on(Events.ERROR, (_name, data) => {
      if (data.fatal && this.next === next) drop();
    });
    next.loadSource(this.url);
  }

  private handOver(next: Hls): void {
    const old = this.hls;
    const media = old.transferMedia();
    old.destroy();
    this.hls = next;
    this.next = null;
    this.hear(next);
    next.attachMedia(media ?? this.video);
    next.startLoad(this.video.currentTime, true);
    const { chosen } = this.state.get();
    const same = levelOf(next, chosen, this.codec);
    if (same >= 0) next.nextLevel = same;
    this.change({ qualities: qualities(next), chosen: same < 0 ? null : chosen });
    // A list without captions is not told of.
    if (next.allSubtitleTracks.length === 0) this.applyCaptions(next);
  }

  destroy(): void {
    this.destroyed = true;
    clearTimeout(this.retryTimer);
    const bandwidth = this.hls.bandwidthEstimate;
    if (Number.isFinite(bandwidth)) remember("bandwidth", String(Math.round(bandwidth)));
    this.texts.clear();
    this.next?.destroy();
    this.hls.destroy();
  }
}
