import { call, type AnswerOf } from "@/api/client";

type Messages = AnswerOf<"listMessages">;
export type Message = Messages["items"][number];
export type MessageDetail = AnswerOf<"getMessage">;

/** GET /ops/messages: the newest first. */
export const listMessages = (state: Message["state"] | undefined, cursor: string | undefined, signal: AbortSignal): Promise<Messages> =>
  call("listMessages", { query: { state, cursor }, signal });

/** GET /ops/messages/{id}: with its text, where mail is captured instead of sent. */
export const getMessage = (messageId: string, signal: AbortSignal): Promise<MessageDetail> =>
  call("getMessage", { path: { messageId }, signal });

/** POST /ops/messages/{id}/send-again: for one that has failed. */
export async function sendAgain(messageId: string): Promise<void> {
  await call("sendMessageAgain", { path: { messageId } });
}
