/** What a viewer can do with the element, shared by buttons and keys. */

export const RATES = [0.75, 1, 1.25, 1.5, 1.75, 2] as const;

/** Play or pause; a browser that refuses to play (no gesture yet) leaves the picture paused. */
export function toggle(video: HTMLVideoElement): void {
  if (video.paused) video.play().catch(() => undefined);
  else video.pause();
}

/** Go to a moment; beyond what is prepared so far, to its end. */
export function seek(video: HTMLVideoElement, seconds: number, available: number): void {
  video.currentTime = Math.max(0, Math.min(seconds, Math.max(0, available - 0.5)));
}

/** End of what can be played now; grows while the video is being prepared. */
export function availableEnd(video: HTMLVideoElement): number {
  if (Number.isFinite(video.duration)) return video.duration;
  return video.seekable.length > 0 ? video.seekable.end(video.seekable.length - 1) : 0;
}

/** Go to a moment of the video, where there is one. */
export function jump(video: HTMLVideoElement | null, seconds: number): void {
  if (video) seek(video, seconds, availableEnd(video));
}

export function louder(video: HTMLVideoElement, by: number): void {
  video.volume = Math.max(0, Math.min(1, video.volume + by));
  video.muted = video.volume === 0;
}

export function faster(video: HTMLVideoElement, step: 1 | -1): void {
  const now = RATES.findIndex((rate) => rate >= video.playbackRate);
  video.playbackRate = RATES[Math.max(0, Math.min(RATES.length - 1, now + step))] ?? 1;
}

export async function fullscreen(stage: HTMLElement, video: HTMLVideoElement): Promise<void> {
  if (document.fullscreenElement) return document.exitFullscreen();
  if (stage.requestFullscreen) return stage.requestFullscreen();
  // iPhones know full screen for the video element alone.
  (video as HTMLVideoElement & { webkitEnterFullscreen?: () => void }).webkitEnterFullscreen?.();
  return undefined;
}
