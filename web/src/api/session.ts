/**
 * Who is signed in. The access token lives in memory only; a reload or a second tab gets its own by the refresh cookie.
 */
import { problemFrom, Problem, unreachable } from "./problem";
import type { SignedIn, User } from "./types";

export type Session = { state: "loading" } | { state: "out" } | { state: "in"; user: User };

/** Renew this long before the access token ends, so that no request leaves with one that dies on the way. */
const EARLY_MS = 30_000;

let session: Session = { state: "loading" };
let token: { value: string; until: number } | null = null;
let refreshing: Promise<void> | null = null;
/** Tokens by which an admin acts in somebody's place: what was sent with one is never sent again with the admin's own. */
const borrowed = new Set<string>();
const listeners = new Set<() => void>();
const otherTabs = new BroadcastChannel("aula-session");

function become(next: Session): void {
  session = next;
  for (const listener of listeners) listener();
}

export const getSession = (): Session => session;

export function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Take over the answer of sign-in or refresh. */
export function signedIn(answer: SignedIn): void {
  token = { value: answer.accessToken, until: Date.now() + answer.expiresIn * 1000 };
  if (answer.user.impersonatedBy) borrowed.add(answer.accessToken);
  become({ state: "in", user: answer.user });
}

/** The account has changed; the browser's other tabs look at it anew. */
export function userChanged(user: User): void {
  if (session.state !== "in" || session.user.id !== user.id) return;
  become({ state: "in", user });
  otherTabs.postMessage("user-changed");
}

/** Forget the session; `everywhere` tells the other tabs of this browser. */
export function signedOut(everywhere = false): void {
  token = null;
  become({ state: "out" });
  if (everywhere) otherTabs.postMessage("signed-out");
}

otherTabs.addEventListener("message", (event: MessageEvent<string>) => {
  if (session.state !== "in") return;
  if (event.data === "signed-out") signedOut();
  if (event.data === "user-changed" && !session.user.impersonatedBy) void refresh().catch(() => undefined);
});

async function refreshNow(): Promise<void> {
  let response: Response;
  try {
    response = await fetch("/api/v1/users/refresh", { method: "POST" });
  } catch {
    throw unreachable();
  }
  if (response.ok) return signedIn((await response.json()) as SignedIn);
  if (response.status >= 500) throw problemFrom(response.status, await response.text());
  signedOut();
}

/**
 * Get a new access token. Refresh tokens rotate, and a used one counts as stolen: the tabs of one browser take turns.
 */
export function refresh(): Promise<void> {
  refreshing ??= navigator.locks.request("aula-refresh", refreshNow).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** A token that is good for the next half minute; `stale` names one that the API has just refused. */
export async function accessToken(stale?: string): Promise<string> {
  const mine = stale ?? token?.value ?? "";
  if (!token || token.value === stale || token.until - Date.now() < EARLY_MS) await refresh();
  if (borrowed.has(mine) && token?.value !== mine) {
    throw new Problem(401, "session.borrowed_ended", "You act as yourself again: the time in their place was over.");
  }
  if (!token) throw new Problem(401, "session.ended", "Your session has ended. Please sign in again.");
  return token.value;
}

/** A token where somebody is signed in, for what is open to everyone but shows more to some. */
export async function accessTokenIfAny(stale?: string): Promise<string | undefined> {
  try {
    return session.state === "out" ? undefined : await accessToken(stale);
  } catch (error) {
    if (error instanceof Problem && error.code === "session.ended") return undefined;
    throw error;
  }
}

/** First thing on load: find out whether the browser still has a session. A server that is down is asked again. */
export async function restore(): Promise<void> {
  for (;;) {
    try {
      return await refresh();
    } catch {
      await new Promise((done) => setTimeout(done, 2_000));
    }
  }
}
