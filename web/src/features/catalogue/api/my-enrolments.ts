import { call, type AnswerOf } from "@/api/client";

export type MyEnrolment = AnswerOf<"listMyEnrolments">["items"][number];

/** GET /users/me/enrolments: the caller's courses, the last one first. */
export function listMyEnrolments(cursor: string | undefined, signal: AbortSignal): Promise<AnswerOf<"listMyEnrolments">> {
  return call("listMyEnrolments", { query: { cursor }, signal });
}
