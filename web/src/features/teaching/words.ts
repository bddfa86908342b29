/** States and kinds in the words of an author. */
import type { schemas } from "@/api/schema";
import { plural } from "@/lib/format";

export const STATES: Readonly<Record<schemas["CourseState"], string>> = {
  draft: "Draft",
  in_review: "In review",
  published: "Published",
  archived: "Archived",
};

export const LEVELS = [
  ["all", "For everyone"],
  ["beginner", "For beginners"],
  ["intermediate", "Intermediate"],
  ["advanced", "Advanced"],
] as const satisfies readonly (readonly [schemas["CourseLevel"], string])[];

export const KINDS = [
  ["text", "Text"],
  ["video", "Video"],
  ["file", "File"],
  ["quiz", "Quiz"],
  ["assignment", "Assignment"],
] as const satisfies readonly (readonly [schemas["LessonKind"], string])[];

export const kindName = (kind: schemas["LessonKind"]): string => KINDS.find(([name]) => name === kind)?.[1] ?? kind;

export type Opens = Pick<schemas["ModuleView"], "opensAt" | "opensAfterDays">;

/** "opens after 7 days"; null: at once. */
export function whenOf({ opensAt, opensAfterDays }: Opens): string | null {
  if (opensAt) return `opens ${new Date(opensAt).toLocaleDateString()}`;
  return opensAfterDays === null ? null : `opens after ${plural(opensAfterDays, "day")}`;
}

/** The lines of a text area, without empty ones. */
export const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
