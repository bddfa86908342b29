import { call, ifMatch, type AnswerOf } from "@/api/client";
import type { schemas } from "@/api/schema";

export type Course = AnswerOf<"getCourse">;
export type CourseCard = AnswerOf<"listMyCourses">["items"][number];
export type CoursePatch = schemas["CoursePatch"];

/** GET /courses/mine: what the caller teaches, a page at a time. */
export function listMyCourses(cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listMyCourses">> {
  return call("listMyCourses", { query: { cursor }, signal });
}

/** POST /courses: a draft. */
export function createCourse(body: { title: string }, headers: Record<string, string>): Promise<Course> {
  return call("createCourse", { body, headers });
}

/** GET /courses/{id}. */
export function getCourse(courseId: string, signal?: AbortSignal): Promise<Course> {
  return call("getCourse", { path: { courseId }, signal });
}

/** PATCH /courses/{id}: of the revision that `course` is. */
export function changeCourse(course: Course, body: CoursePatch): Promise<Course> {
  return call("changeCourse", { path: { courseId: course.id }, body, headers: ifMatch(course) });
}

/** DELETE /courses/{id}: only drafts that nobody was ever enrolled in. */
export async function deleteCourse(courseId: string): Promise<void> {
  await call("deleteCourse", { path: { courseId } });
}
