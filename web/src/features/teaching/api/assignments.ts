import { call, ifMatch, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Assignment = AnswerOf<"getAssignment">;
export type AssignmentPatch = schemas["AssignmentPatch"];

/** GET /courses/{id}/assignments: the newest first. */
export function listAssignments(
  courseId: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<AnswerOf<"listAssignments">> {
  return call("listAssignments", { path: { courseId }, query: { cursor, limit: 100 }, signal });
}

/** POST /courses/{id}/assignments. */
export function createAssignment(courseId: string, title: string, headers: Record<string, string>): Promise<Assignment> {
  return call("createAssignment", { path: { courseId }, body: { title }, headers });
}

/** GET /assignments/{id}. */
export function getAssignment(assignmentId: string, signal?: AbortSignal): Promise<Assignment> {
  return call("getAssignment", { path: { assignmentId }, signal });
}

/** PATCH /assignments/{id}: of the revision that `assignment` is. */
export function changeAssignment(assignment: Assignment, body: AssignmentPatch): Promise<Assignment> {
  return call("changeAssignment", { path: { assignmentId: assignment.id }, body, headers: ifMatch(assignment) });
}

/** DELETE /assignments/{id}: refused while a lesson uses it. */
export async function deleteAssignment(assignmentId: string): Promise<void> {
  await call("deleteAssignment", { path: { assignmentId } });
}
