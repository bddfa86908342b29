import { call, type AnswerOf } from "@/api/client";
import type { Operations } from "@/api/operations";

type Entries = AnswerOf<"listAuditEntries">;
export type Entry = Entries["items"][number];
export type Wanted = NonNullable<Operations["listAuditEntries"]["query"]>;

/** GET /audit: the latest first. */
export const listEntries = (wanted: Wanted, signal: AbortSignal): Promise<Entries> =>
  call("listAuditEntries", { query: wanted, signal });
