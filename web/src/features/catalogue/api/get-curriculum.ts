import { call, type AnswerOf } from "@/api/client";

export type Curriculum = AnswerOf<"getCurriculum">;
export type CurriculumModule = Curriculum["modules"][number];
export type LessonCard = CurriculumModule["lessons"][number];

/** GET /courses/{id}/curriculum: as the caller may see it. */
export function getCurriculum(courseId: string, signal?: AbortSignal): Promise<Curriculum> {
  return call("getCurriculum", { path: { courseId }, signal });
}
