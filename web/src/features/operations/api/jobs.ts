import { call } from "@/api/client";
import type { JobView, Page } from "@/api/types";

/** GET /ops/jobs: newest first. */
export const getJobs = (state: "running" | "discarded" | "retryable", signal: AbortSignal): Promise<Page<JobView>> =>
  call("listJobs", { query: { state }, signal });
