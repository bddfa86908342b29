import { call, type AnswerOf } from "@/api/client";

export type Course = AnswerOf<"getCourse">;

/** GET /courses/by-slug/{slug}. */
export function getCourseBySlug(slug: string, signal: AbortSignal): Promise<Course> {
  return call("getCourseBySlug", { path: { slug }, signal });
}

/** GET /courses/{id}. */
export function getCourse(courseId: string, signal: AbortSignal): Promise<Course> {
  return call("getCourse", { path: { courseId }, signal });
}
