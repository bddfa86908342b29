import { useEffect, useState, type RefObject } from "react";
import { availableEnd } from "./actions";

export interface VideoState {
  time: number;
  /** End of what can be played now; grows while the video is being prepared. */
  available: number;
  /** End of the stretch in memory around the playing position. */
  buffered: number;
  /** Whether anything has been played yet. */
  started: boolean;
  paused: boolean;
  waiting: boolean;
  ended: boolean;
  muted: boolean;
  volume: number;
  rate: number;
}

const START: VideoState = {
  time: 0,
  available: 0,
  buffered: 0,
  started: false,
  paused: true,
  waiting: false,
  ended: false,
  muted: false,
  volume: 1,
  rate: 1,
};

const EVENTS = [
  "timeupdate",
  "durationchange",
  "progress",
  "play",
  "playing",
  "pause",
  "waiting",
  "seeking",
  "seeked",
  "ended",
  "volumechange",
  "ratechange",
  "loadedmetadata",
] as const;

function bufferedEnd(video: HTMLVideoElement): number {
  for (let i = 0; i < video.buffered.length; i += 1) {
    if (video.buffered.start(i) <= video.currentTime + 0.1 && video.buffered.end(i) >= video.currentTime) return video.buffered.end(i);
  }
  return video.currentTime;
}

/** The element's state, updated by its own events. */
export function useVideo(ref: RefObject<HTMLVideoElement | null>): VideoState {
  const [state, setState] = useState(START);
  useEffect(() => {
    const video = ref.current;
    if (!video) return undefined;
    const read = () =>
      setState({
        time: video.currentTime,
        available: availableEnd(video),
        buffered: bufferedEnd(video),
        started: video.played.length > 0,
        paused: video.paused,
        waiting: !video.paused && !video.ended && video.readyState < HTMLMediaElement.HAVE_FUTURE_DATA,
        ended: video.ended,
        muted: video.muted,
        volume: video.volume,
        rate: video.playbackRate,
      });
    for (const name of EVENTS) video.addEventListener(name, read);
    read();
    return () => {
      for (const name of EVENTS) video.removeEventListener(name, read);
    };
  }, [ref]);
  return state;
}
