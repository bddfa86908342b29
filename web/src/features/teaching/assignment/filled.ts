/** An assignment as its form says it. */
import type { schemas } from "@/api/schema";
import { text } from "@/lib/use-form";
import type { Assignment, AssignmentPatch } from "../api/assignments";
import { lines } from "../words";

type Criterion = schemas["Criterion"];
type Level = schemas["Level"];

const whole = (data: FormData, name: string): number | null => (text(data, name) ? Number(text(data, name)) : null);

/** "4: Clear throughout" says what a level is worth and is called. */
function levelOf(line: string): Level {
  const at = line.indexOf(":");
  return at < 0 ? { points: "0", title: line } : { points: line.slice(0, at).trim(), title: line.slice(at + 1).trim() };
}

export const levelLines = (criterion: Partial<Criterion>): string =>
  ((criterion.levels ?? []) as Level[]).map(({ points, title }) => `${Number(points)}: ${title}`).join("\n");

/** Levels have descriptions that this form does not show; they stay with the level that keeps its title. */
function criteria(data: FormData, before: Assignment): Criterion[] {
  const [titles, levels] = [data.getAll("part.title"), data.getAll("part.levels")];
  return data.getAll("part.id").map((id, index): Criterion => {
    const known = before.rubric.find((criterion) => criterion.id === id);
    const old = new Map(((known?.levels ?? []) as Level[]).map((level) => [level.title, level.description ?? ""]));
    const written = lines(String(levels[index] ?? "")).map(levelOf);
    return {
      id: String(id),
      title: String(titles[index] ?? "").trim(),
      description: known?.description ?? "",
      levels: written.map(({ title, points }) => ({ title, points, description: old.get(title) ?? "" })),
    };
  });
}

export function filled(data: FormData, before: Assignment): AssignmentPatch {
  const due = text(data, "due");
  return {
    title: text(data, "title"),
    instructions: text(data, "instructions"),
    takes: text(data, "takes") as Assignment["takes"],
    maxFiles: whole(data, "maxFiles") ?? 1,
    maxPoints: text(data, "maxPoints"),
    dueAt: due === "date" ? new Date(text(data, "dueAt")).toISOString() : null,
    dueDays: due === "days" ? whole(data, "dueDays") : null,
    late: { acceptDays: whole(data, "acceptDays") ?? 0, penaltyPercentPerDay: whole(data, "penalty") ?? 0 },
    rubric: criteria(data, before),
  };
}
