import type { RefObject } from "react";
import type { Chapter } from "@/api/types";
import { clock } from "@/lib/format";
import { jump } from "@/player/actions";
import { chapterAt } from "@/player/chapters";
import { useVideo } from "@/player/use-video";

/** The chapters; one click and the picture is there. */
export function ChapterList({ chapters, video }: { chapters: readonly Chapter[]; video: RefObject<HTMLVideoElement | null> }) {
  const { time } = useVideo(video);
  const now = chapterAt(chapters, time);
  return (
    <nav className="chapters" aria-label="Chapters">
      <ol>
        {chapters.map((chapter) => (
          <li key={chapter.startS}>
            <button type="button" aria-current={chapter === now || undefined} onClick={() => jump(video.current, chapter.startS)}>
              <time>{clock(chapter.startS)}</time> {chapter.title}
            </button>
          </li>
        ))}
      </ol>
    </nav>
  );
}
