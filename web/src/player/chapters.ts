/** Chapters as viewers meet them. */
import type { Chapter } from "@/api/types";

/** The chapter that a moment lies in; none before the first one. */
export function chapterAt(chapters: readonly Chapter[], seconds: number): Chapter | undefined {
  return chapters.findLast(({ startS }) => startS <= seconds);
}
