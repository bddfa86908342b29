/** Keys of the player: the ones that viewers know from elsewhere. */
import { faster, fullscreen, louder, seek, toggle } from "./actions";

export const HELP: readonly (readonly [keys: string, does: string])[] = [
  ["Space or K", "Play, pause"],
  ["← →", "5 seconds back, forward"],
  ["J L", "10 seconds back, forward"],
  ["↑ ↓", "Louder, quieter"],
  ["M", "Sound off, on"],
  ["C", "Captions on, off"],
  ["F", "Full screen"],
  ["0 – 9", "Go to 0 % – 90 %"],
  ["< >", "Slower, faster"],
  ["?", "This list"],
];

interface Target {
  video: HTMLVideoElement;
  stage: HTMLElement;
  available: number;
  total: number;
  onCaptions: () => void;
}

function digit(key: string): number | null {
  return /^\d$/.test(key) ? Number(key) : null;
}

/** Do what the key stands for; false when it stands for nothing. */
export function press(key: string, { video, stage, available, total, onCaptions }: Target): boolean {
  const tenth = digit(key);
  if (tenth !== null) {
    seek(video, (total * tenth) / 10, available);
    return true;
  }
  const jump = (by: number) => seek(video, video.currentTime + by, available);
  const keys: Record<string, () => unknown> = {
    " ": () => toggle(video),
    k: () => toggle(video),
    ArrowLeft: () => jump(-5),
    ArrowRight: () => jump(5),
    j: () => jump(-10),
    l: () => jump(10),
    ArrowUp: () => louder(video, 0.1),
    ArrowDown: () => louder(video, -0.1),
    m: () => (video.muted = !video.muted),
    c: onCaptions,
    f: () => fullscreen(stage, video).catch(() => undefined),
    "<": () => faster(video, -1),
    ">": () => faster(video, 1),
  };
  const act = keys[key.length === 1 ? key.toLowerCase() : key];
  act?.();
  return act !== undefined;
}

/** Keys typed into fields or pressed with modifiers belong to somebody else; so does Space on a focused button. */
export function isForPlayer(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return false;
  const target = event.target as HTMLElement;
  if (target.closest("dialog, [contenteditable], select, textarea")) return false;
  if (target instanceof HTMLInputElement) return target.type === "range" && !event.key.startsWith("Arrow");
  return !(event.key === " " && target.closest("button, a, summary"));
}
