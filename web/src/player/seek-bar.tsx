import { useState, type CSSProperties, type PointerEvent } from "react";
import type { Chapter } from "@/api/types";
import { clock } from "@/lib/format";
import { chapterAt } from "./chapters";
import type { Cue } from "./storyboard";

interface SeekBarProps {
  time: number;
  total: number;
  available: number;
  buffered: number;
  cues: readonly Cue[];
  chapters: readonly Chapter[];
  onSeek: (seconds: number) => void;
}

const share = (part: number, whole: number) => `${whole > 0 ? Math.min(100, (100 * part) / whole) : 0}%`;

function Preview({ at, total, cues, chapters }: Pick<SeekBarProps, "total" | "cues" | "chapters"> & { at: number }) {
  const cue = cues.find((one) => at < one.end) ?? cues.at(-1);
  const chapter = chapterAt(chapters, at);
  const place = { "--at": share(at, total) } as CSSProperties;
  const picture = cue && {
    backgroundImage: `url("${cue.url}")`,
    backgroundPosition: `-${cue.x}px -${cue.y}px`,
    width: cue.width,
    height: cue.height,
  };
  return (
    <div className="preview" style={place} aria-hidden="true">
      {picture && <div className="preview-picture" style={picture} />}
      <span>
        {clock(at)}
        {chapter && ` · ${chapter.title}`}
      </span>
    </div>
  );
}

/** Where the viewer is, how far the video is prepared, and how much of it is in memory. */
export function SeekBar({ time, total, available, buffered, cues, chapters, onSeek }: SeekBarProps) {
  const [hover, setHover] = useState<number | null>(null);
  const track = {
    "--played": share(time, total),
    "--buffered": share(buffered, total),
    "--available": share(available, total),
  } as CSSProperties;
  const move = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    setHover(Math.max(0, Math.min(1, (event.clientX - box.left) / box.width)) * total);
  };
  return (
    <div className="seek" style={track} onPointerDown={move} onPointerMove={move} onPointerLeave={() => setHover(null)}>
      <div className="seek-track" />
      {chapters.map(
        ({ startS }) => startS > 0 && <i key={startS} className="seek-chapter" style={{ "--at": share(startS, total) } as CSSProperties} />,
      )}
      <input
        type="range"
        aria-label="Position"
        aria-valuetext={[`${clock(time)} of ${clock(total)}`, chapterAt(chapters, time)?.title].filter(Boolean).join(", ")}
        min={0}
        max={Math.max(total, 0.1)}
        step={0.1}
        value={Math.min(time, total)}
        onChange={(event) => onSeek(Number(event.target.value))}
      />
      {hover !== null && total > 0 && <Preview at={hover} total={total} cues={cues} chapters={chapters} />}
    </div>
  );
}
