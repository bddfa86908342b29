/** States and kinds in the words of an author. */
import type { schemas } from "@/api/schema";

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

/** The lines of a text area, without empty ones. */
export const lines = (text: string): string[] =>
  text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
