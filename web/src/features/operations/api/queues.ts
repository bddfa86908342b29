import { request } from "@/api/client";
import type { QueueView } from "@/api/types";

/** GET /ops/queues. */
export const getQueues = (signal: AbortSignal): Promise<QueueView[]> => request("/ops/queues", { signal });
