/** Made from the API's OpenAPI document by scripts/api-types.mjs; do not edit. */
export interface schemas {
  "AssetPatch": {
    title?: string | null;
    options?: schemas["OptionsPatch"] | null;
  };
  "AssetView": {
    id: string;
    ownerId: string;
    mine: boolean;
    title: string;
    filename: string;
    state: string;
    size: number | null;
    failure: schemas["Failure"] | null;
    source: schemas["Source"] | null;
    rungs: string[];
    durationS: number | null;
    playable: boolean;
    posterUrl: string | null;
    posters: schemas["PosterFile"][];
    previewUrl: string | null;
    options: schemas["OptionsView"];
    createdAt: string;
    uploadedAt: string | null;
    playableAt: string | null;
    readyAt: string | null;
  };
  "CampaignView": {
    id: string;
    profile: string;
    reason: string;
    olderThanDays: number | null;
    limit: number | null;
    createdAt: string;
    finishedAt: string | null;
    started: number;
    open: number;
    left: number;
  };
  "CaptionView": {
    language: string;
    label: string;
    origin: "upload" | "embedded" | "automatic";
    inStream: boolean;
    createdAt: string;
    updatedAt: string;
  };
  "ChapterEntry": {
    startS: number;
    title: string;
  };
  "ChapterList": {
    chapters: schemas["ChapterEntry"][];
  };
  "Credentials": {
    email: string;
    password: string;
  };
  "EdgeView": {
    predecessorId: string;
    successorId: string;
    condition: string;
    open: boolean;
  };
  "Failure": {
    code: string;
    message: string;
  };
  "FieldError": {
    field: string;
    message: string;
  };
  "GrantView": {
    assetId: string;
    userId: string;
    email: string;
    displayName: string;
    createdAt: string;
  };
  "Health": {
    status: string;
    checks: Record<string, string>;
  };
  "JobState": "waiting" | "available" | "running" | "retryable" | "completed" | "cancelled" | "discarded";
  "JobView": {
    id: string;
    pipelineId: string | null;
    kind: string;
    queue: string;
    state: string;
    priority: number;
    attempt: number;
    maxAttempts: number;
    crashes: number;
    progress: number;
    errors: Record<string, unknown>[];
    createdAt: string;
    startedAt: string | null;
    finishedAt: string | null;
  };
  "NewCampaign": {
    profile?: "fast" | "small";
    reason?: string;
    olderThanDays?: number | null;
    limit?: number | null;
  };
  "NewGrant": {
    userId?: string | null;
    email?: string | null;
  };
  "NewReencode": {
    profile?: "fast" | "small";
    reason?: string;
  };
  "OptionsPatch": {
    encrypted?: boolean | null;
    download?: boolean | null;
    av1?: "default" | "off" | "on" | "watched" | null;
    loudness?: boolean | null;
  };
  "OptionsView": {
    encrypted: boolean;
    download: boolean;
    av1: string;
    loudness: boolean;
  };
  "Page_api.routes.assets.AssetView_": {
    items: schemas["AssetView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.ops.JobView_": {
    items: schemas["JobView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.ops.PipelineView_": {
    items: schemas["PipelineView"][];
    nextCursor?: string | null;
  };
  "ParagraphView": {
    startS: number;
    endS: number;
    speaker: string | null;
    sentences: schemas["SentenceView"][];
  };
  "PickedFrame": {
    atS: number;
  };
  "PipelineDetailView": {
    pipeline: schemas["PipelineView"];
    jobs: schemas["JobView"][];
    edges: schemas["EdgeView"][];
  };
  "PipelineView": {
    id: string;
    kind: string;
    subjectId: string | null;
    ownerId: string | null;
    state: string;
    jobs: Record<string, number>;
    createdAt: string;
    cancelRequestedAt: string | null;
  };
  "PlaybackView": {
    sessionId: string;
    assetId: string;
    state: string;
    manifestUrl: string;
    signedManifestUrl: string;
    expiresAt: string;
    renewUrl: string;
    durationS: number;
    posterUrl?: string | null;
    storyboardUrl?: string | null;
    dashUrl?: string | null;
    downloadUrl?: string | null;
  };
  "PosterFile": {
    url: string;
    width: number;
    height: number;
    mediaType: string;
  };
  "PosterView": {
    state: "automatic" | "uploaded" | "ready" | "failed";
    failure: schemas["Failure"] | null;
    posterUrl: string | null;
    posters: schemas["PosterFile"][];
  };
  "Problem": {
    type: string;
    title: string;
    status: number;
    code: string;
    detail: string;
    requestId: string;
    errors?: schemas["FieldError"][] | null;
  };
  "ProgressView": {
    state: string;
    stage: string;
    percent: number;
    etaS: number | null;
    queuePosition: number | null;
    playable: boolean;
    error: schemas["Failure"] | null;
  };
  "QueueView": {
    name: string;
    paused: boolean;
    slots: number;
    waiting: number;
    available: number;
    running: number;
    retryable: number;
    oldestDueAt: string | null;
  };
  "ReencodeView": {
    assetId: string;
    pipelineId: string;
  };
  "Registration": {
    email: string;
    password: string;
    displayName: string;
  };
  "SentenceView": {
    startS: number;
    endS: number;
    text: string;
  };
  "SessionView": {
    accessToken: string;
    tokenType: string;
    expiresIn: number;
    user: schemas["UserView"];
  };
  "Source": {
    container: string;
    durationS: number;
    size: number;
    videoCodec?: string | null;
    width?: number | null;
    height?: number | null;
    fps?: number | null;
    audioCodec?: string | null;
  };
  "TranscriptView": {
    language: string;
    label: string;
    origin: "upload" | "embedded" | "automatic";
    paragraphs: schemas["ParagraphView"][];
  };
  "UserView": {
    id: string;
    email: string;
    displayName: string;
    roles: string[];
    createdAt: string;
  };
  "WorkerView": {
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
  };
}
