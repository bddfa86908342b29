/** Errors of the API as values: `application/problem+json` in, one sentence for people out. */
import type { ProblemBody } from "./types";

/** The API refused a request; `code` is stable, `message` is written for people. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly fields: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.name = "Problem";
  }
}

/** Sentences for codes whose own detail is meant for programmers. */
const SENTENCES: Readonly<Record<string, string>> = {
  "network.unreachable": "The server can't be reached. Check the connection; we keep trying.",
  "session.ended": "Your session has ended. Please sign in again.",
};

function fieldsOf(body: ProblemBody): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const { field, message } of body.errors ?? []) fields[field] = message;
  return fields;
}

/** Make a Problem of an error answer; bodies that are no problem JSON (a proxy's page) give a plain sentence. */
export function problemFrom(status: number, text: string): Problem {
  let body: ProblemBody = {};
  try {
    body = JSON.parse(text) as ProblemBody;
  } catch {
    // A proxy or a dying server answers with anything; the status says enough.
  }
  const code = body.code ?? `http.${status}`;
  const message = SENTENCES[code] ?? body.detail ?? body.title ?? `The server answered with status ${status}.`;
  return new Problem(status, code, message, fieldsOf(body));
}

export function unreachable(): Problem {
  return new Problem(0, "network.unreachable", SENTENCES["network.unreachable"] ?? "");
}

/** One sentence about any error. */
export function sentence(error: unknown): string {
  return error instanceof Error && error.message ? error.message : "Something went wrong.";
}
