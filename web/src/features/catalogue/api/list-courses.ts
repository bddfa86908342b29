import { call, type AnswerOf } from "@/api/client";
import type { Operations } from "@/api/operations";

export type CourseCard = AnswerOf<"listCourses">["items"][number];
type Query = NonNullable<Operations["listCourses"]["query"]>;
/** What the catalogue can be narrowed to, and its order; undefined: any. */
export type Filters = Pick<Query, "q" | "category" | "level" | "language" | "tag" | "price" | "sort">;

/** GET /courses: what is published, newest first, a page at a time. */
export function listCourses(filters: Filters, cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listCourses">> {
  return call("listCourses", { query: { ...filters, cursor }, signal });
}
