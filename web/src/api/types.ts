/** The API's values by the names that this page uses. */

export interface User {
  id: string;
  email: string;
  displayName: string;
  roles: string[];
  createdAt: string;
}

export interface SignedIn {
  accessToken: string;
  tokenType: string;
  expiresIn: number;
  user: User;
}

export interface Failure {
  code: string;
  message: string;
}

export interface Progress {
  state: AssetState;
  stage: string;
  percent: number;
  etaS: number | null;
  queuePosition: number | null;
  playable: boolean;
  error: Failure | null;
}

export type AssetState = "uploading" | "uploaded" | "processing" | "playable" | "ready" | "failed" | "cancelled";

export interface Source {
  container: string;
  durationS: number;
  size: number;
  videoCodec: string | null;
  width: number | null;
  height: number | null;
  fps: number | null;
  audioCodec: string | null;
}

export interface Asset {
  id: string;
  ownerId: string;
  mine: boolean;
  title: string;
  filename: string;
  state: AssetState;
  size: number | null;
  failure: Failure | null;
  source: Source | null;
  rungs: string[];
  durationS: number | null;
  playable: boolean;
  posterUrl: string | null;
  createdAt: string;
}

export interface Grant {
  assetId: string;
  userId: string;
  email: string;
  displayName: string;
  createdAt: string;
}

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export interface Playback {
  sessionId: string;
  manifestUrl: string;
  signedManifestUrl: string;
  expiresAt: string;
  renewUrl: string;
  posterUrl: string | null;
  storyboardUrl: string | null;
  durationS: number;
  state: AssetState;
}

export interface QueueView {
  name: string;
  paused: boolean;
  slots: number;
  waiting: number;
  available: number;
  running: number;
  retryable: number;
  oldestDueAt: string | null;
}

export interface WorkerView {
  id: string;
  host: string;
  pid: number;
  queues: string[];
  slots: number;
  running: number;
  startedAt: string;
  heartbeatAt: string;
  alive: boolean;
  stopping: boolean;
}

export interface JobError {
  at?: string;
  attempt?: number;
  code?: string;
  message?: string;
}

export interface JobView {
  id: string;
  pipelineId: string | null;
  kind: string;
  queue: string;
  state: string;
  attempt: number;
  maxAttempts: number;
  crashes: number;
  progress: number;
  errors: JobError[];
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}
