import { call, ifMatch, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Curriculum = AnswerOf<"getCurriculum">;
export type Module = Curriculum["modules"][number];
export type LessonCard = Module["lessons"][number];
export type ModulePatch = schemas["ModulePatch"];

/** A module, and the revision of its course. */
export interface HeldModule {
  module: Module;
  revision: number;
}

/** GET /courses/{id}/curriculum: modules with their lessons. */
export function getCurriculum(courseId: string, signal?: AbortSignal): Promise<Curriculum> {
  return call("getCurriculum", { path: { courseId }, signal });
}

/** POST /courses/{id}/modules: at the end. */
export async function addModule(courseId: string, body: { title: string }, headers: Record<string, string>): Promise<void> {
  await call("addModule", { path: { courseId }, body, headers });
}

/** PATCH /modules/{id}: where the course is still of this revision. */
export async function changeModule({ module, revision }: HeldModule, body: ModulePatch): Promise<void> {
  await call("changeModule", { path: { moduleId: module.id }, body, headers: ifMatch({ id: module.courseId, revision }) });
}

/** DELETE /modules/{id}, with its lessons. */
export async function deleteModule(moduleId: string): Promise<void> {
  await call("deleteModule", { path: { moduleId } });
}

/** POST /modules/{id}/move: behind `after`; null puts it first. */
export async function moveModule(moduleId: string, after: string | null): Promise<void> {
  await call("moveModule", { path: { moduleId }, body: { after } });
}
