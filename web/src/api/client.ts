/** JSON over HTTP: adds the access token, renews it once when refused, turns error answers into Problems. */
import { operations, type Operations } from "./operations";
import { Problem, problemFrom, unreachable } from "./problem";
import { accessToken, accessTokenIfAny } from "./session";

export interface Sending {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`; name its type in `headers`. */
  file?: Blob;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /** False for endpoints that look at no token; `either` sends one where somebody is signed in. */
  signed?: boolean | "either";
}

export type OperationId = keyof Operations;
export type AnswerOf<Id extends OperationId> = Operations[Id]["answer"];

interface Extras {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
}

type Input<Id extends OperationId> = Omit<Operations[Id], "answer"> & Extras;
/** The input may be left out where nothing of it has to be there. */
type Rest<Id extends OperationId> = object extends Input<Id> ? [input?: Input<Id>] : [input: Input<Id>];

async function attempt(path: string, options: Sending, token: string | undefined): Promise<Response> {
  const headers = new Headers({ Accept: "application/json", ...options.headers });
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (options.body !== undefined) headers.set("Content-Type", "application/json");
  try {
    return await fetch(`/api/v1${path}`, {
      method: options.method ?? "GET",
      headers,
      body: options.file ?? (options.body === undefined ? null : JSON.stringify(options.body)),
      signal: options.signal ?? null,
    });
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw unreachable();
  }
}

/** Send a request and hand over the answer as it is; throws a Problem for an error status. */
export async function send(path: string, options: Sending = {}): Promise<Response> {
  const signed = options.signed ?? true;
  const tokenFor = signed === "either" ? accessTokenIfAny : accessToken;
  const token = signed ? await tokenFor() : undefined;
  let response = await attempt(path, options, token);
  if (response.status === 401 && token) response = await attempt(path, options, await tokenFor(token));
  if (!response.ok) throw problemFrom(response.status, await response.text());
  return response;
}

/** Send a request and read its JSON. */
export async function request<T>(path: string, options: Sending = {}): Promise<T> {
  const response = await send(path, options);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

function address(template: string, path: Record<string, string | number> = {}, query: Record<string, unknown> = {}): string {
  const filled = template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(path[name])));
  const pairs = Object.entries(query).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).filter((one) => one !== undefined && one !== null).map((one): [string, string] => [name, String(one)]),
  );
  return pairs.length > 0 ? `${filled}?${new URLSearchParams(pairs).toString()}` : filled;
}

/**
 * Call an operation of the API by its id: `call("getCourseBySlug", { path: { slug } })`.
 *
 * What it takes and answers with comes from the API's own document. Throws a Problem for an error status; what is no JSON (an
 * archive, captions) comes as the Response itself.
 */
export async function call<Id extends OperationId>(id: Id, ...[input]: Rest<Id>): Promise<AnswerOf<Id>> {
  const [method, template, door] = operations[id];
  const given: Extras & { path?: Record<string, string | number>; query?: Record<string, unknown>; body?: unknown; file?: Blob } =
    input ?? {};
  const response = await send(address(template, given.path, given.query), {
    method,
    signed: door === "either" ? door : door === "signed",
    signal: given.signal,
    ...(given.headers && { headers: given.headers }),
    ...(given.body !== undefined && { body: given.body }),
    ...(given.file && { file: given.file }),
  });
  if (response.status === 204) return undefined as AnswerOf<Id>;
  const json = response.headers.get("Content-Type")?.includes("json");
  return (json ? await response.json() : response) as AnswerOf<Id>;
}

/** Headers that refuse a change of what somebody else has changed meanwhile (412 `request.stale`). */
export function ifMatch({ id, revision }: { id: string; revision: number }): Record<string, string> {
  return { "If-Match": `"${id.replaceAll("-", "").slice(-12)}-${revision}"` };
}

export function isProblem(error: unknown, code: string): boolean {
  return error instanceof Problem && error.code === code;
}
