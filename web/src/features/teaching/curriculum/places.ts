/** Where a thing goes that is moved by one. */
import type { Module } from "../api/curriculum";

export type Way = "up" | "down";

/** The id that `list[index]` comes behind after a step; null: it becomes the first. */
export function behind(list: readonly { id: string }[], index: number, to: Way): string | null {
  return list[to === "up" ? index - 2 : index + 1]?.id ?? null;
}

export interface Place {
  moduleId: string;
  after: string | null;
}

/** A lesson at the end of its module goes on into the next one; null when there is no place that way. */
export function placeOf(modules: readonly Module[], lessonId: string, to: Way): Place | null {
  const at = modules.findIndex((module) => module.lessons.some((lesson) => lesson.id === lessonId));
  const module = modules[at];
  if (!module) return null;
  const index = module.lessons.findIndex((lesson) => lesson.id === lessonId);
  const stays = to === "up" ? index > 0 : index < module.lessons.length - 1;
  if (stays) return { moduleId: module.id, after: behind(module.lessons, index, to) };
  const next = modules[to === "up" ? at - 1 : at + 1];
  if (!next) return null;
  return { moduleId: next.id, after: to === "up" ? (next.lessons.at(-1)?.id ?? null) : null };
}
