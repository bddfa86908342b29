import { call, type AnswerOf } from "@/api/client";

export type CourseCard = AnswerOf<"listCourses">["items"][number];

export interface Filters {
  q: string;
  category: string;
}

/** GET /courses: what is published, newest first, a page at a time. */
export function listCourses(filters: Filters, cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listCourses">> {
  const query = { q: filters.q || undefined, category: filters.category || undefined, cursor };
  return call("listCourses", { query, signal });
}
