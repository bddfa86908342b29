import { call, type AnswerOf } from "@/api/client";

/** POST /courses/{id}/enrolments, for oneself. Sent again with the same key it happens once. */
export function enrol(courseId: string, key: string): Promise<AnswerOf<"enrol">> {
  return call("enrol", { path: { courseId }, headers: { "Idempotency-Key": key } });
}
