import { call } from "@/api/client";

/** DELETE /enrolments/{id}. */
export async function leaveCourse(enrolmentId: string): Promise<void> {
  await call("endEnrolment", { path: { enrolmentId } });
}
