/** What questions of each kind ask, between the form and the API. */
import type { schemas } from "@/api/schema";
import { text } from "@/lib/use-form";
import type { NewQuestion } from "../api/quizzes";
import { lines } from "../words";

export type Content = NewQuestion["content"];
export type Kind = Content["kind"];
export type Choice = schemas["Choice"];
export type Pair = schemas["Pair"];
export type Item = schemas["Item"];

export const KINDS = [
  ["single_choice", "One of several choices"],
  ["multiple_choice", "Several choices"],
  ["true_false", "True or false"],
  ["short_text", "A short text"],
  ["numeric", "A number"],
  ["matching", "Matching pairs"],
  ["ordering", "Putting in order"],
  ["essay", "An essay"],
] as const satisfies readonly (readonly [Kind, string])[];

export const kindName = (kind: Kind): string => KINDS.find(([name]) => name === kind)?.[1] ?? kind;

const whole = (data: FormData, name: string): number | null => (text(data, name) ? Number(text(data, name)) : null);

/** What the fields `part.<name>` of all rows say. */
function parts<Name extends string>(data: FormData, ...names: Name[]): (Record<Name, string> & { id: string })[] {
  const columns = new Map(names.map((name) => [name, data.getAll(`part.${name}`)]));
  return data.getAll("part.id").map((id, index) => {
    const fields = names.map((name) => [name, String(columns.get(name)?.[index] ?? "").trim()]);
    return Object.fromEntries([["id", String(id)], ...fields]) as Record<Name, string> & { id: string };
  });
}

function choices(data: FormData): Choice[] {
  const right = new Set(data.getAll("part.right"));
  return parts(data, "text", "feedback").map(({ id, text: said, feedback }) => ({ id, text: said, feedback, right: right.has(id) }));
}

const READ: { [K in Kind]: (data: FormData) => Extract<Content, { kind: K }> } = {
  single_choice: (data) => ({ kind: "single_choice", choices: choices(data) }),
  multiple_choice: (data) => ({ kind: "multiple_choice", choices: choices(data) }),
  true_false: (data) => ({
    kind: "true_false",
    answer: text(data, "answer") === "true",
    feedbackTrue: text(data, "feedbackTrue"),
    feedbackFalse: text(data, "feedbackFalse"),
  }),
  short_text: (data) => ({ kind: "short_text", answers: lines(text(data, "answers")), matchCase: data.has("matchCase") }),
  numeric: (data) => ({
    kind: "numeric",
    value: text(data, "value"),
    tolerance: text(data, "tolerance") || "0",
    toleranceIn: text(data, "toleranceIn") === "percent" ? "percent" : "units",
    unit: text(data, "unit"),
  }),
  matching: (data) => ({ kind: "matching", pairs: parts(data, "left", "right"), distractors: lines(text(data, "distractors")) }),
  ordering: (data) => ({ kind: "ordering", items: parts(data, "text") }),
  essay: (data) => ({
    kind: "essay",
    minWords: whole(data, "minWords") ?? 0,
    maxWords: whole(data, "maxWords"),
    guidance: text(data, "guidance"),
  }),
};

/** The whole question, as its form says it. */
export function questionOf(data: FormData, kind: Kind): NewQuestion {
  return {
    prompt: text(data, "prompt"),
    content: READ[kind](data),
    points: text(data, "points") || "1",
    penalty: text(data, "penalty") || "0",
    pool: text(data, "pool") || null,
    atS: whole(data, "atS"),
    feedback: { right: text(data, "feedback.right"), wrong: text(data, "feedback.wrong"), general: text(data, "feedback.general") },
  };
}
