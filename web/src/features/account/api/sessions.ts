import { call, type AnswerOf } from "@/api/client";

type Devices = AnswerOf<"listMySessions">;
export type Device = Devices["items"][number];

/** GET /users/me/sessions: the latest sign-in first. */
export const listSessions = (cursor: string | undefined, signal?: AbortSignal): Promise<Devices> =>
  call("listMySessions", { query: { cursor }, signal });

/** DELETE /users/me/sessions/{id}: its access token ends with it. */
export async function endSession(sessionId: string): Promise<void> {
  await call("endMySession", { path: { sessionId } });
}

/** End all sessions but the one that asks. */
export async function endOtherSessions(): Promise<void> {
  let cursor: string | undefined;
  do {
    const page = await listSessions(cursor);
    for (const device of page.items) if (!device.current) await endSession(device.id);
    cursor = page.nextCursor ?? undefined;
  } while (cursor);
}
