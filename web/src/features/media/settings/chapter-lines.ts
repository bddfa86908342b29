/** Chapters as people type them: a line for each, "1:02:03 Title". */
import type { Chapter } from "@/api/types";
import { clock } from "@/lib/format";

const LINE = /^(?:(\d+):)?(\d{1,3}):(\d{1,2}(?:\.\d+)?)\s+(.*\S)$/;

/** A time with its fraction, where it has one: what was set to the frame stays so. */
function stamp(seconds: number): string {
  const part = Math.round((seconds % 1) * 1000);
  return part === 0 || part === 1000 ? clock(Math.round(seconds)) : `${clock(seconds)}.${String(part).padStart(3, "0").replace(/0+$/, "")}`;
}

export const toLines = (chapters: readonly Chapter[]): string => chapters.map(({ startS, title }) => `${stamp(startS)} ${title}`).join("\n");

/** The chapters of a text; empty lines don't count. Throws an Error with a sentence that names the line at fault. */
export function fromLines(text: string): Chapter[] {
  return text
    .split("\n")
    .map((line, index) => ({ line: line.trim(), index }))
    .filter(({ line }) => line !== "")
    .map(({ line, index }) => {
      const found = LINE.exec(line);
      if (!found) throw new Error(`Line ${index + 1} should be a time and a title, as “1:30 Proof”.`);
      const [, h = "0", m = "0", s = "0", title = ""] = found;
      return { startS: Number(h) * 3600 + Number(m) * 60 + Number(s), title };
    });
}
