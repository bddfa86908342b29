/** JSON over HTTP: adds the access token, renews it once when refused, turns error answers into Problems. */
import { Problem, problemFrom, unreachable } from "./problem";
import { accessToken } from "./session";

export interface Call {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`; name its type in `headers`. */
  file?: Blob;
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /** False for the few endpoints that are open to everyone. */
  signed?: boolean;
}

async function attempt(path: string, call: Call, token: string | undefined): Promise<Response> {
  const headers = new Headers({ Accept: "application/json", ...call.headers });
  if (token) headers.set("Authorization", `Bearer ${token}`);
  if (call.body !== undefined) headers.set("Content-Type", "application/json");
  try {
    return await fetch(`/api/v1${path}`, {
      method: call.method ?? "GET",
      headers,
      body: call.file ?? (call.body === undefined ? null : JSON.stringify(call.body)),
      signal: call.signal ?? null,
    });
  } catch (error) {
    if (call.signal?.aborted) throw error;
    throw unreachable();
  }
}

/** Send a request and hand over the answer as it is; throws a Problem for an error status. */
export async function send(path: string, call: Call = {}): Promise<Response> {
  const signed = call.signed ?? true;
  const token = signed ? await accessToken() : undefined;
  let response = await attempt(path, call, token);
  if (response.status === 401 && token) response = await attempt(path, call, await accessToken(token));
  if (!response.ok) throw problemFrom(response.status, await response.text());
  return response;
}

/** Send a request and read its JSON. */
export async function request<T>(path: string, call: Call = {}): Promise<T> {
  const response = await send(path, call);
  if (response.status === 204) return undefined as T;
  return (await response.json()) as T;
}

export function isProblem(error: unknown, code: string): boolean {
  return error instanceof Problem && error.code === code;
}
