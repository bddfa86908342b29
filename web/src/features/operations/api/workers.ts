import { call } from "@/api/client";
import type { WorkerView } from "@/api/types";

/** GET /ops/workers. */
export const getWorkers = (signal: AbortSignal): Promise<WorkerView[]> => call("listWorkers", { signal });
