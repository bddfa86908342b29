/** The uploads of this tab, alive across pages. Files go up by tus: paused, cut off or closed, they go on where they were. */
import type { DetailedError, HttpRequest, HttpResponse, Upload } from "tus-js-client";
import { problemFrom, sentence } from "@/api/problem";
import { accessToken, getSession, subscribe } from "@/api/session";
import { bytes } from "@/lib/format";
import { Store } from "@/lib/store";

export type UploadStatus = "waiting" | "uploading" | "paused" | "failed" | "refused" | "done";

export interface UploadItem {
  readonly id: string;
  readonly name: string;
  readonly size: number;
  readonly status: UploadStatus;
  readonly sent: number;
  /** Bytes per second, smoothed. */
  readonly speed: number;
  readonly error: string | null;
  readonly assetId: string | null;
  readonly fileId: string | null;
}

/** What becomes of an upload: a video, as long as nothing else is said. */
export interface Target {
  /** A file of lessons, of this course. */
  fileOf?: string;
  /** Called once the server has a name for what comes, long before all of it is there. */
  onKnown?: (id: string) => void;
}

export const ENDPOINT = new URL("/api/v1/uploads", window.location.href).href;
const CHUNK_BYTES = 8 * 2 ** 20;
const AT_ONCE = 2;
/** About three minutes of patience with a server that restarts; progress starts the count anew. */
const RETRY_MS = [0, 500, 1000, 2000, 3000, 5000, 8000, 10_000, 15_000, 20_000, 30_000, 30_000, 30_000, 30_000];

export const uploads = new Store<readonly UploadItem[]>([]);
const running = new Map<string, Upload>();
/** Everything that this tab has begun or gone on with, finished or not. */
const taken = new Set<string>();
const lastSeen = new Map<string, { at: number; sent: number }>();

const find = (id: string) => uploads.get().find((item) => item.id === id);

function patch(id: string, change: Partial<UploadItem>): void {
  uploads.set(uploads.get().map((item) => (item.id === id ? Object.assign({}, item, change) : item)));
}

/** The same file of the same user is the same upload, in any tab and on any day. */
export function fingerprint(userId: string, file: File, fileOf?: string): string {
  const what = fileOf ? ["aula-file", fileOf] : ["aula"];
  return [...what, userId, file.name, file.size, file.lastModified].join("-");
}

function explain(error: Error | DetailedError): string {
  const response = "originalResponse" in error ? error.originalResponse : null;
  if (response) return problemFrom(response.getStatus(), response.getBody()).message;
  return "originalRequest" in error ? "The connection to the server was lost." : sentence(error);
}

/** Asking again would bring the same answer. */
function isRefusal(error: Error | DetailedError): boolean {
  const status = "originalResponse" in error ? (error.originalResponse?.getStatus() ?? 0) : 0;
  return [400, 403, 413, 415].includes(status);
}

let limit: Promise<number> | null = null;

/** The largest file that the server takes, asked once; without an answer the server itself will say no. */
function largest(): Promise<number> {
  limit ??= fetch(ENDPOINT, { method: "OPTIONS" }).then(
    (answer) => Number(answer.headers.get("Tus-Max-Size") ?? Infinity),
    () => Infinity,
  );
  return limit;
}

function measure(id: string, sent: number): number {
  const now = performance.now();
  const before = lastSeen.get(id);
  const speed = find(id)?.speed ?? 0;
  if (before && now - before.at < 400) return speed;
  lastSeen.set(id, { at: now, sent });
  if (!before) return 0;
  const fresh = ((sent - before.sent) * 1000) / (now - before.at);
  return speed === 0 ? fresh : 0.7 * speed + 0.3 * Math.max(0, fresh);
}

/** 401 is worth another try, because the next request asks for a new token. 429 means the same to this API as 503. */
function worthRetrying(error: DetailedError): boolean {
  const status = error.originalResponse?.getStatus() ?? 0;
  return status < 400 || status >= 500 || [401, 409, 423, 429, 460].includes(status);
}

function metadataOf(file: File, fileOf: string | undefined): Record<string, string> {
  if (fileOf) return { filename: file.name, purpose: "file", course: fileOf };
  return { filename: file.name, title: file.name.replace(/\.[^.]+$/, "") };
}

/** Remembers what the server calls the upload. */
function name(id: string, response: HttpResponse, known: Target["onKnown"]): void {
  const [assetId, fileId] = [response.getHeader("Aula-Asset-Id") ?? null, response.getHeader("Aula-File-Id") ?? null];
  const [item, given] = [find(id), assetId ?? fileId];
  if (!given || !item || given === (item.assetId ?? item.fileId)) return;
  patch(id, { assetId, fileId });
  known?.(given);
}

async function build(id: string, file: File, { fileOf, onKnown }: Target): Promise<Upload> {
  const tus = await import("tus-js-client");
  let refused: string | undefined;
  let token = "";
  return new tus.Upload(file, {
    endpoint: ENDPOINT,
    chunkSize: CHUNK_BYTES,
    retryDelays: RETRY_MS,
    metadata: metadataOf(file, fileOf),
    fingerprint: () => Promise.resolve(id),
    removeFingerprintOnSuccess: true,
    async onBeforeRequest(request: HttpRequest) {
      token = await accessToken(refused);
      request.setHeader("Authorization", `Bearer ${token}`);
    },
    onAfterResponse(_request: HttpRequest, response: HttpResponse) {
      refused = response.getStatus() === 401 ? token : undefined;
      name(id, response, onKnown);
    },
    onShouldRetry: worthRetrying,
    onProgress(sent) {
      patch(id, { sent, speed: measure(id, sent) });
    },
    onSuccess() {
      patch(id, { status: "done", sent: file.size });
      forget(id);
    },
    onError(error) {
      patch(id, { status: isRefusal(error) ? "refused" : "failed", speed: 0, error: explain(error) });
      startWaiting();
    },
  });
}

function forget(id: string): void {
  running.delete(id);
  lastSeen.delete(id);
  startWaiting();
}

function startWaiting(): void {
  const busy = uploads.get().filter((item) => item.status === "uploading").length;
  const next = uploads.get().filter((item) => item.status === "waiting");
  for (const item of next.slice(0, Math.max(0, AT_ONCE - busy))) {
    patch(item.id, { status: "uploading", error: null });
    running.get(item.id)?.start();
  }
}

/** Queue files. One that this user began earlier goes on from where it stopped. */
export async function addFiles(files: Iterable<File>, userId: string, target: Target = {}): Promise<void> {
  for (const file of files) {
    const id = fingerprint(userId, file, target.fileOf);
    const earlierItem = find(id);
    if (earlierItem && earlierItem.status !== "done") {
      const known = earlierItem.assetId ?? earlierItem.fileId;
      if (known) target.onKnown?.(known);
      continue;
    }
    taken.add(id);
    const fresh = { id, name: file.name, size: file.size, sent: 0, speed: 0, assetId: null, fileId: null };
    const add = (item: UploadItem) => uploads.set([...uploads.get().filter((other) => other.id !== id), item]);
    const most = await largest();
    if (file.size > most) {
      add({ ...fresh, status: "refused", error: `This file has ${bytes(file.size)}; the limit here is ${bytes(most)}.` });
      continue;
    }
    const upload = await build(id, file, target);
    running.set(id, upload);
    const earlier = await upload.findPreviousUploads();
    if (earlier[0]) upload.resumeFromPreviousUpload(earlier[0]);
    add({ ...fresh, status: "waiting", error: null });
    startWaiting();
  }
}

/** Whether it is a file of lessons rather than a video. */
export const isFile = ({ id }: UploadItem): boolean => id.startsWith("aula-file-");

/** Whether an upload that the browser remembers has become one of this tab's. */
export function isTaken(key: string): boolean {
  return [...taken].some((id) => key.includes(id));
}

export function pause(id: string): void {
  void running.get(id)?.abort();
  lastSeen.delete(id);
  patch(id, { status: "paused", speed: 0 });
  startWaiting();
}

export function resume(id: string): void {
  patch(id, { status: "waiting", error: null });
  startWaiting();
}

/** Give up an upload; the server forgets what it has of it. */
export async function discard(id: string): Promise<void> {
  const upload = running.get(id);
  uploads.set(uploads.get().filter((item) => item.id !== id));
  forget(id);
  await upload?.abort(true);
}

/** Take finished uploads off the list. */
export function dismiss(id: string): void {
  uploads.set(uploads.get().filter((item) => item.id !== id));
}

/** Who signs out stops; what the server has of the uploads waits for the next visit. */
subscribe(() => {
  if (getSession().state !== "out") return;
  for (const upload of running.values()) void upload.abort();
  running.clear();
  lastSeen.clear();
  taken.clear();
  uploads.set([]);
});

window.addEventListener("online", () => {
  for (const item of uploads.get()) if (item.status === "failed" && running.has(item.id)) resume(item.id);
});
