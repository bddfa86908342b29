import { call } from "@/api/client";
import type { QueueView } from "@/api/types";

/** GET /ops/queues. */
export const getQueues = (signal: AbortSignal): Promise<QueueView[]> => call("listQueues", { signal });
