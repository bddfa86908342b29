import { call, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Instructor = AnswerOf<"listInstructors">[number];
export type Permission = schemas["Permission"];
export type Learner = AnswerOf<"listEnrolments">["items"][number];

/** GET /courses/{id}/instructors. */
export function listInstructors(courseId: string, signal: AbortSignal): Promise<Instructor[]> {
  return call("listInstructors", { path: { courseId }, signal });
}

/** POST /courses/{id}/instructors, by e-mail address. */
export async function addInstructor(courseId: string, body: { email: string; permissions: Permission[] }): Promise<void> {
  await call("addInstructor", { path: { courseId }, body });
}

/** PUT /courses/{id}/instructors/{userId}: what they may do from now on. */
export async function setInstructor(courseId: string, userId: string, permissions: Permission[]): Promise<void> {
  await call("setInstructor", { path: { courseId, userId }, body: { permissions } });
}

/** DELETE /courses/{id}/instructors/{userId}. */
export async function removeInstructor(courseId: string, userId: string): Promise<void> {
  await call("removeInstructor", { path: { courseId, userId } });
}

/** GET /courses/{id}/enrolments: who enrolled last comes first. */
export function listEnrolments(
  courseId: string,
  cursor: string | undefined,
  signal: AbortSignal,
): Promise<AnswerOf<"listEnrolments">> {
  return call("listEnrolments", { path: { courseId }, query: { cursor }, signal });
}

/** POST /courses/{id}/enrolments: lets somebody in. */
export async function enrol(
  courseId: string,
  body: { email: string; endsAt: string | null },
  headers: Record<string, string>,
): Promise<void> {
  await call("enrol", { path: { courseId }, body, headers });
}

/** DELETE /enrolments/{id}. */
export async function endEnrolment(enrolmentId: string): Promise<void> {
  await call("endEnrolment", { path: { enrolmentId } });
}
