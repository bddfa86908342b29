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

/** GET /courses: what is published and has these words in its title or category. */
export function findCourses(q: string, cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listCourses">> {
  return call("listCourses", { query: { q, cursor }, signal });
}

/** PUT /courses/{id}/prerequisites: what comes before, in place of what did; of the revision that `course` is. */
export function setPrerequisites(course: Course, courseIds: string[]): Promise<Course> {
  return call("setCoursePrerequisites", { path: { courseId: course.id }, body: { courseIds }, headers: ifMatch(course) });
}

/** DELETE /courses/{id}: only drafts that nobody was ever enrolled in. */
export async function deleteCourse(courseId: string): Promise<void> {
  await call("deleteCourse", { path: { courseId } });
}
