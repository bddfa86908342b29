import { call, type AnswerOf } from "@/api/client";

export type Course = AnswerOf<"getCourseBySlug">;
export type Curriculum = AnswerOf<"getCurriculum">;
export type LessonCard = Curriculum["modules"][number]["lessons"][number];

/** GET /courses/by-slug/{slug}, and its curriculum as the caller may see it. */
export async function getCourse(slug: string, signal: AbortSignal): Promise<{ course: Course; curriculum: Curriculum }> {
  const course = await call("getCourseBySlug", { path: { slug }, signal });
  const curriculum = await call("getCurriculum", { path: { courseId: course.id }, signal });
  return { course, curriculum };
}
