import { call, type AnswerOf } from "@/api/client";

/** GET /courses/review: what has been submitted, for admins. */
export function listInReview(cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listCoursesInReview">> {
  return call("listCoursesInReview", { query: { cursor }, signal });
}

/** POST /courses/{id}/submit. */
export async function submitCourse(courseId: string): Promise<void> {
  await call("submitCourse", { path: { courseId } });
}

/** POST /courses/{id}/publish: without a review. */
export async function publishCourse(courseId: string): Promise<void> {
  await call("publishCourse", { path: { courseId } });
}

/** POST /courses/{id}/approve: publishes what was submitted. */
export async function approveCourse(courseId: string): Promise<void> {
  await call("approveCourse", { path: { courseId } });
}

/** POST /courses/{id}/reject: back to its authors, with a note. */
export async function rejectCourse(courseId: string, note: string): Promise<void> {
  await call("rejectCourse", { path: { courseId }, body: { note } });
}

/** POST /courses/{id}/archive: out of the catalogue; those who are enrolled keep it. An admin's reason takes it down. */
export async function archiveCourse(courseId: string, reason: string | null): Promise<void> {
  await call("archiveCourse", { path: { courseId }, body: { reason } });
}

/** POST /courses/{id}/restore: back into the catalogue. */
export async function restoreCourse(courseId: string): Promise<void> {
  await call("restoreCourse", { path: { courseId } });
}
