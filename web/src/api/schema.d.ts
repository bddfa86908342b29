/** Made from the API's OpenAPI document by scripts/api-types.mjs; do not edit. */
export interface schemas {
  "AccountView": {
    id: string;
    email: string;
    emailVerified: boolean;
    displayName: string;
    avatarUrl: string | null;
    roles: string[];
    state: "active" | "suspended" | "deleted";
    suspendedAt: string | null;
    suspendReason: string | null;
    deletedAt: string | null;
    totpEnabled: boolean;
    createdAt: string;
  };
  "ApiKeyView": {
    id: string;
    name: string;
    prefix: string;
    scopes: schemas["Scope"][];
    createdAt: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
  };
  "Archiving": {
    reason?: string | null;
  };
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
  "AssignmentCard": {
    id: string;
    courseId: string;
    title: string;
    takes: "text" | "file" | "both";
    maxPoints: string;
    dueAt: string | null;
    dueDays: number | null;
    revision: number;
    updatedAt: string;
  };
  "AssignmentDocument": {
    id: string;
    title: string;
    instructions?: string;
    takes?: "text" | "file" | "both";
    maxFiles?: number;
    maxPoints?: string;
    rubric?: (schemas["Criterion"] | unknown)[];
    dueAt?: string | null;
    dueDays?: number | null;
    late?: schemas["LatePolicy"];
  };
  "AssignmentPatch": {
    title?: string;
    instructions?: string;
    takes?: "text" | "file" | "both";
    maxFiles?: number;
    maxPoints?: string;
    rubric?: schemas["Criterion"][];
    dueAt?: string | null;
    dueDays?: number | null;
    late?: schemas["LatePolicy"];
  };
  "AssignmentView": {
    id: string;
    courseId: string;
    title: string;
    instructions: string;
    instructionsHtml: string;
    takes: "text" | "file" | "both";
    maxFiles: number;
    maxPoints: string;
    rubric: schemas["Criterion"][];
    dueAt: string | null;
    dueDays: number | null;
    late: schemas["LatePolicy"];
    revision: number;
    createdAt: string;
    updatedAt: string;
  };
  "AuditView": {
    id: string;
    at: string;
    actorId: string | null;
    actorName: string | null;
    impersonatorId: string | null;
    action: string;
    subjectType: string;
    subjectId: string | null;
    requestId: string;
    detail: Record<string, unknown>;
  };
  "AuthorView": {
    id: string;
    displayName: string;
    headline: string;
    avatarUrl: string | null;
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
  "Choice": {
    id: string;
    text: string;
    right?: boolean;
    feedback?: string;
  };
  "CourseCard": {
    id: string;
    slug: string;
    title: string;
    summary: string;
    language: string;
    level: schemas["CourseLevel"];
    category: string;
    tags: string[];
    price: schemas["MoneyView"];
    free: boolean;
    coverUrl: string | null;
    state: schemas["CourseState"];
    owner: schemas["AuthorView"];
    lessonCount: number;
    durationS: number;
    revision: number;
    publishedAt: string | null;
    updatedAt: string;
  };
  "CourseDocument": {
    format?: "aula-course";
    version?: 1;
    course: schemas["CourseFacts"];
    modules?: (schemas["ModuleDocument"] | unknown)[];
    quizzes?: (schemas["QuizDocument"] | unknown)[];
    assignments?: (schemas["AssignmentDocument"] | unknown)[];
  };
  "CourseFacts": {
    title: string;
    slug?: string | null;
    summary?: string;
    description?: string;
    language?: string;
    level?: schemas["CourseLevel"];
    category?: string;
    tags?: (string | unknown)[];
    outcomes?: (string | unknown)[];
    price?: schemas["PriceDocument"];
  };
  "CourseLevel": "beginner" | "intermediate" | "advanced" | "all";
  "CoursePatch": {
    title?: string | null;
    slug?: string | null;
    summary?: string | null;
    description?: string | null;
    language?: string | null;
    level?: schemas["CourseLevel"] | null;
    category?: string | null;
    tags?: string[] | null;
    outcomes?: string[] | null;
    price?: schemas["MoneyBody"] | null;
  };
  "CourseRef": {
    id: string;
    slug: string;
    title: string;
  };
  "CourseState": "draft" | "in_review" | "published" | "archived";
  "CourseView": {
    id: string;
    slug: string;
    title: string;
    summary: string;
    language: string;
    level: schemas["CourseLevel"];
    category: string;
    tags: string[];
    price: schemas["MoneyView"];
    free: boolean;
    coverUrl: string | null;
    state: schemas["CourseState"];
    owner: schemas["AuthorView"];
    lessonCount: number;
    durationS: number;
    revision: number;
    publishedAt: string | null;
    updatedAt: string;
    description: string;
    descriptionHtml: string;
    outcomes: string[];
    instructors: schemas["AuthorView"][];
    prerequisites: schemas["CourseRef"][];
    mine: schemas["MineView"] | null;
    review: schemas["ReviewView"] | null;
  };
  "Credentials": {
    email: string;
    password: string;
    code?: string | null;
  };
  "Criterion": {
    id: string;
    title: string;
    levels: (schemas["Level"] | unknown)[];
    description?: string;
  };
  "CurriculumView": {
    courseId: string;
    revision: number;
    modules: schemas["ModuleView"][];
  };
  "DeviceView": {
    id: string;
    current: boolean;
    device: string;
    userAgent: string;
    address: string;
    method: string;
    impersonatedBy: string | null;
    createdAt: string;
    lastSeenAt: string;
    expiresAt: string;
  };
  "DownloadView": {
    url: string;
    pictureUrl: string | null;
    expiresAt: string;
  };
  "EdgeView": {
    predecessorId: string;
    successorId: string;
    condition: string;
    open: boolean;
  };
  "EndOfEntitlement": {
    reason?: string;
  };
  "EnrolledCourse": {
    id: string;
    slug: string;
    title: string;
    summary: string;
    language: string;
    state: schemas["CourseState"];
    coverUrl: string | null;
    lessonCount: number;
    durationS: number;
  };
  "EnrolmentView": {
    id: string;
    courseId: string;
    userId: string;
    enrolledAt: string;
    endedAt: string | null;
    completedAt: string | null;
    entitled: boolean;
    accessEndsAt: string | null;
  };
  "EntitlementView": {
    id: string;
    userId: string;
    courseId: string;
    source: "free" | "grant" | "purchase" | "subscription";
    grantedBy: string | null;
    startsAt: string;
    endsAt: string | null;
    revokedAt: string | null;
    revokeReason: string | null;
  };
  "Error": {
    code: string;
    message: string;
  };
  "EssayContent": {
    minWords?: number;
    maxWords?: number | null;
    guidance?: string;
    kind: "essay";
  };
  "ExportView": {
    exportedAt: string;
    profile: Record<string, unknown>;
    sessions: Record<string, unknown>[];
    apiKeys: Record<string, unknown>[];
    identities: Record<string, unknown>[];
    enrolments: Record<string, unknown>[];
    entitlements: Record<string, unknown>[];
    courses: Record<string, unknown>[];
    coInstructor: Record<string, unknown>[];
    assets: Record<string, unknown>[];
    grants: Record<string, unknown>[];
    files: Record<string, unknown>[];
    pictures: Record<string, unknown>[];
    products: Record<string, unknown>[];
    playback: Record<string, unknown>[];
    messages: Record<string, unknown>[];
    auditEntries: Record<string, unknown>[];
  };
  "Failure": {
    code: string;
    message: string;
  };
  "Farewell": {
    password?: string | null;
  };
  "Feedback": {
    right?: string;
    wrong?: string;
    general?: string;
  };
  "FieldError": {
    field: string;
    message: string;
  };
  "FilePatch": {
    filename?: string;
    courseId?: string | null;
  };
  "FileView": {
    id: string;
    ownerId: string;
    mine: boolean;
    courseId: string | null;
    filename: string;
    state: "uploading" | "checking" | "ready" | "refused";
    failure: schemas["Failure"] | null;
    mediaType: string | null;
    size: number | null;
    sha256: string | null;
    inline: boolean;
    createdAt: string;
    readyAt: string | null;
  };
  "ForgottenPassword": {
    email: string;
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
  "InstructorView": {
    id: string;
    displayName: string;
    headline: string;
    avatarUrl: string | null;
    permissions: schemas["Permission"][];
  };
  "Interval": "month" | "year";
  "Item": {
    id: string;
    text: string;
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
  "LatePolicy": {
    acceptDays?: number;
    penaltyPercentPerDay?: number;
  };
  "LearnerView": {
    id: string;
    courseId: string;
    userId: string;
    enrolledAt: string;
    endedAt: string | null;
    completedAt: string | null;
    entitled: boolean;
    accessEndsAt: string | null;
    email: string;
    displayName: string;
    avatarUrl: string | null;
  };
  "LessonCard": {
    id: string;
    moduleId: string;
    title: string;
    kind: schemas["LessonKind"];
    preview: boolean;
    minutes: number | null;
    durationS: number | null;
    locked: boolean;
    lockedReason: string | null;
    opensAt: string | null;
    opensAfterDays: number | null;
    requires: string[];
  };
  "LessonDocument": {
    id?: string | null;
    title: string;
    kind: schemas["LessonKind"];
    body?: string;
    preview?: boolean;
    opensAt?: string | null;
    opensAfterDays?: number | null;
    minutes?: number | null;
    requires?: (string | unknown)[];
    asset?: schemas["MediaReference"] | null;
    file?: schemas["MediaReference"] | null;
    quiz?: string | null;
    assignment?: string | null;
  };
  "LessonKind": "video" | "text" | "file" | "quiz" | "assignment";
  "LessonMove": {
    moduleId: string;
    after: string | null;
  };
  "LessonPatch": {
    title?: string;
    body?: string;
    assetId?: string | null;
    fileId?: string | null;
    quizId?: string | null;
    assignmentId?: string | null;
    preview?: boolean;
    opensAt?: string | null;
    opensAfterDays?: number | null;
    minutes?: number | null;
  };
  "LessonPrerequisites": {
    lessonIds: string[];
  };
  "LessonView": {
    id: string;
    courseId: string;
    moduleId: string;
    title: string;
    kind: schemas["LessonKind"];
    body: string;
    bodyHtml: string;
    assetId: string | null;
    fileId: string | null;
    quizId: string | null;
    assignmentId: string | null;
    preview: boolean;
    opensAt: string | null;
    opensAfterDays: number | null;
    minutes: number | null;
    durationS: number | null;
    requires: string[];
    locked: boolean;
    previousId: string | null;
    nextId: string | null;
  };
  "Level": {
    title: string;
    points: string;
    description?: string;
  };
  "MadeCourse": {
    course: schemas["CourseView"];
    warnings: schemas["WarningView"][];
  };
  "MatchingContent": {
    pairs: (schemas["Pair"] | unknown)[];
    distractors?: (string | unknown)[];
    kind: "matching";
  };
  "MediaReference": {
    id?: string | null;
    title?: string;
    filename?: string;
    sha256?: string | null;
  };
  "MessageDetailView": {
    message: schemas["MessageView"];
    subject?: string | null;
    text?: string | null;
  };
  "MessageView": {
    id: string;
    userId: string | null;
    channel: string;
    recipient: string;
    template: string;
    state: "queued" | "sent" | "failed";
    providerId: string | null;
    error: string | null;
    createdAt: string;
    sentAt: string | null;
  };
  "MineView": {
    permissions: schemas["Permission"][];
    enrolled: boolean;
  };
  "ModuleDocument": {
    id?: string | null;
    title: string;
    summary?: string;
    opensAt?: string | null;
    opensAfterDays?: number | null;
    lessons?: (schemas["LessonDocument"] | unknown)[];
  };
  "ModulePatch": {
    title?: string;
    summary?: string;
    opensAt?: string | null;
    opensAfterDays?: number | null;
  };
  "ModuleView": {
    id: string;
    courseId: string;
    title: string;
    summary: string;
    opensAt: string | null;
    opensAfterDays: number | null;
    lessons: schemas["LessonCard"][];
  };
  "MoneyBody": {
    amount: string;
    currency: string;
  };
  "MoneyView": {
    amount: string;
    amountMinor: number;
    currency: string;
  };
  "Move": {
    after: string | null;
  };
  "MultipleChoiceContent": {
    choices: (schemas["Choice"] | unknown)[];
    kind: "multiple_choice";
  };
  "MyEnrolmentView": {
    id: string;
    courseId: string;
    userId: string;
    enrolledAt: string;
    endedAt: string | null;
    completedAt: string | null;
    entitled: boolean;
    accessEndsAt: string | null;
    course: schemas["EnrolledCourse"];
  };
  "NewApiKey": {
    name: string;
    scopes: schemas["Scope"][];
    expiresAt?: string | null;
  };
  "NewApiKeyView": {
    id: string;
    name: string;
    prefix: string;
    scopes: schemas["Scope"][];
    createdAt: string;
    expiresAt: string | null;
    lastUsedAt: string | null;
    key: string;
  };
  "NewAssignment": {
    title: string;
    instructions?: string;
    takes?: "text" | "file" | "both";
    maxFiles?: number;
    maxPoints?: string;
    rubric?: schemas["Criterion"][];
    dueAt?: string | null;
    dueDays?: number | null;
    late?: schemas["LatePolicy"];
  };
  "NewCampaign": {
    profile?: "fast" | "small";
    reason?: string;
    olderThanDays?: number | null;
    limit?: number | null;
  };
  "NewCourse": {
    title: string;
    slug?: string | null;
    summary?: string;
    description?: string;
    language?: string;
    level?: schemas["CourseLevel"];
    category?: string;
    tags?: string[];
    outcomes?: string[];
    price?: schemas["MoneyBody"] | null;
  };
  "NewEnrolment": {
    userId?: string | null;
    email?: string | null;
    endsAt?: string | null;
  };
  "NewGrant": {
    userId?: string | null;
    email?: string | null;
  };
  "NewInstructor": {
    email: string;
    permissions: schemas["Permission"][];
  };
  "NewLesson": {
    title: string;
    kind: schemas["LessonKind"];
    body?: string;
    assetId?: string | null;
    fileId?: string | null;
    quizId?: string | null;
    assignmentId?: string | null;
    preview?: boolean;
    opensAt?: string | null;
    opensAfterDays?: number | null;
    minutes?: number | null;
    after?: string | null;
  };
  "NewModule": {
    title: string;
    summary?: string;
    opensAt?: string | null;
    opensAfterDays?: number | null;
    after?: string | null;
  };
  "NewOwner": {
    userId: string;
  };
  "NewProduct": {
    name: string;
    description?: string;
    price: number;
    currency?: string;
    category: string;
    sku?: string;
    imageUrl?: string;
    stock?: number;
  };
  "NewQuestion": {
    prompt: string;
    content: schemas["SingleChoiceContent"] | schemas["MultipleChoiceContent"] | schemas["TrueFalseContent"] | schemas["ShortTextContent"] | schemas["NumericContent"] | schemas["MatchingContent"] | schemas["OrderingContent"] | schemas["EssayContent"];
    points?: string;
    penalty?: string;
    pool?: string | null;
    feedback?: schemas["Feedback"];
    atS?: number | null;
    tags?: string[];
  };
  "NewQuiz": {
    title: string;
    instructions?: string;
    rules?: schemas["QuizRules"];
  };
  "NewReencode": {
    profile?: "fast" | "small";
    reason?: string;
  };
  "NewRevision": {
    note: string;
  };
  "NumericContent": {
    value: string;
    tolerance?: string;
    toleranceIn?: "units" | "percent";
    unit?: string;
    kind: "numeric";
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
  "OrderingContent": {
    items: (schemas["Item"] | unknown)[];
    kind: "ordering";
  };
  "Page_api.routes.assets.AssetView_": {
    items: schemas["AssetView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.assignments.AssignmentCard_": {
    items: schemas["AssignmentCard"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.audit.AuditView_": {
    items: schemas["AuditView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.courses.views.CourseCard_": {
    items: schemas["CourseCard"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.courses_archive.RevisionView_": {
    items: schemas["RevisionView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.enrolments.EntitlementView_": {
    items: schemas["EntitlementView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.enrolments.LearnerView_": {
    items: schemas["LearnerView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.enrolments.MyEnrolmentView_": {
    items: schemas["MyEnrolmentView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.files.FileView_": {
    items: schemas["FileView"][];
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
  "Page_api.routes.ops_messages.MessageView_": {
    items: schemas["MessageView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.products.ProductView_": {
    items: schemas["ProductView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.quizzes.QuizCard_": {
    items: schemas["QuizCard"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.users.admin.AccountView_": {
    items: schemas["AccountView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.users.keys.ApiKeyView_": {
    items: schemas["ApiKeyView"][];
    nextCursor?: string | null;
  };
  "Page_api.routes.users.sessions.DeviceView_": {
    items: schemas["DeviceView"][];
    nextCursor?: string | null;
  };
  "Pair": {
    id: string;
    left: string;
    right: string;
  };
  "ParagraphView": {
    startS: number;
    endS: number;
    speaker: string | null;
    sentences: schemas["SentenceView"][];
  };
  "PasswordChange": {
    currentPassword: string;
    newPassword: string;
  };
  "PasswordGiven": {
    password: string;
  };
  "PasswordReset": {
    token: string;
    newPassword: string;
  };
  "Permission": "edit" | "publish" | "enrol" | "grade";
  "PermissionsBody": {
    permissions: schemas["Permission"][];
  };
  "PickedFrame": {
    atS: number;
  };
  "PictureView": {
    state: "none" | "uploaded" | "ready" | "failed";
    failure: schemas["Failure"] | null;
    url: string | null;
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
  "Pool": {
    name: string;
    pick: number;
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
  "PrerequisitesBody": {
    courseIds: string[];
  };
  "PriceDocument": {
    amountMinor?: number;
    currency?: string;
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
  "Product": {
    id?: string;
    name: string;
    description?: string;
    price: number;
    currency?: string;
    category: string;
    sku?: string;
    imageUrl?: string;
    stock?: number;
    createdAt?: string;
    updatedAt?: string;
  };
  "ProductKind": "course" | "bundle" | "plan" | "other";
  "ProductOffer": {
    kind?: schemas["ProductKind"];
    name: string;
    description?: string | null;
    price: schemas["MoneyBody"];
    category: string;
    sku?: string | null;
    imageUrl?: string | null;
    stock?: number | null;
    interval?: schemas["Interval"] | null;
    courseIds?: string[];
  };
  "ProductPatch": {
    kind?: schemas["ProductKind"];
    name?: string;
    description?: string | null;
    price?: schemas["MoneyBody"];
    category?: string;
    sku?: string | null;
    imageUrl?: string | null;
    stock?: number | null;
    interval?: schemas["Interval"] | null;
    courseIds?: string[];
  };
  "ProductView": {
    id: string;
    kind: schemas["ProductKind"];
    name: string;
    description: string | null;
    descriptionHtml: string;
    price: schemas["MoneyView"];
    category: string;
    sku: string | null;
    imageUrl: string | null;
    stock: number | null;
    interval: schemas["Interval"] | null;
    courseIds: string[];
    mine: boolean;
    revision: number;
    createdAt: string;
    updatedAt: string;
  };
  "ProfilePatch": {
    displayName?: string | null;
    headline?: string | null;
    biography?: string | null;
    language?: string | null;
    timeZone?: string | null;
    email?: string | null;
    password?: string | null;
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
  "Proof": {
    token: string;
  };
  "ProviderView": {
    name: string;
    title: string;
    startUrl: string;
  };
  "QuestionDocument": {
    id?: string | null;
    prompt: string;
    content: schemas["SingleChoiceContent"] | schemas["MultipleChoiceContent"] | schemas["TrueFalseContent"] | schemas["ShortTextContent"] | schemas["NumericContent"] | schemas["MatchingContent"] | schemas["OrderingContent"] | schemas["EssayContent"];
    points?: string;
    penalty?: string;
    pool?: string | null;
    feedback?: schemas["Feedback"];
    atS?: number | null;
    tags?: (string | unknown)[];
  };
  "QuestionPatch": {
    prompt?: string;
    content?: schemas["SingleChoiceContent"] | schemas["MultipleChoiceContent"] | schemas["TrueFalseContent"] | schemas["ShortTextContent"] | schemas["NumericContent"] | schemas["MatchingContent"] | schemas["OrderingContent"] | schemas["EssayContent"];
    points?: string;
    penalty?: string;
    pool?: string | null;
    feedback?: schemas["Feedback"];
    atS?: number | null;
    tags?: string[];
  };
  "QuestionView": {
    id: string;
    quizId: string;
    prompt: string;
    promptHtml: string;
    content: schemas["SingleChoiceContent"] | schemas["MultipleChoiceContent"] | schemas["TrueFalseContent"] | schemas["ShortTextContent"] | schemas["NumericContent"] | schemas["MatchingContent"] | schemas["OrderingContent"] | schemas["EssayContent"];
    points: string;
    penalty: string;
    pool: string | null;
    feedback: schemas["Feedback"];
    atS: number | null;
    tags: string[];
    revision: number;
    createdAt: string;
    updatedAt: string;
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
  "QuizCard": {
    id: string;
    courseId: string;
    title: string;
    questionCount: number;
    points: string;
    revision: number;
    updatedAt: string;
  };
  "QuizDocument": {
    id: string;
    title: string;
    instructions?: string;
    rules?: schemas["QuizRules"];
    questions?: (schemas["QuestionDocument"] | unknown)[];
  };
  "QuizPatch": {
    title?: string;
    instructions?: string;
    rules?: schemas["QuizRules"];
  };
  "QuizRules": {
    timeLimitS?: number | null;
    attempts?: number | null;
    shuffleQuestions?: boolean;
    shuffleChoices?: boolean;
    pools?: (schemas["Pool"] | unknown)[];
    passPercent?: number;
    negativeMarking?: boolean;
    feedback?: "immediately" | "after" | "never";
    showAnswers?: boolean;
  };
  "QuizView": {
    id: string;
    courseId: string;
    title: string;
    instructions: string;
    instructionsHtml: string;
    rules: schemas["QuizRules"];
    points: string;
    questions: schemas["QuestionView"][];
    problems: schemas["FieldError"][];
    revision: number;
    createdAt: string;
    updatedAt: string;
  };
  "RecoveryCodesView": {
    recoveryCodes: string[];
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
  "RestoredCourse": {
    course: schemas["CourseView"];
    revision: schemas["RevisionView"];
    warnings: schemas["WarningView"][];
  };
  "ReviewNote": {
    note: string;
  };
  "ReviewView": {
    submittedAt: string | null;
    note: string | null;
    archivedAt: string | null;
    takenDownReason: string | null;
  };
  "RevisionAuthor": {
    id: string;
    displayName: string;
  };
  "RevisionDetail": {
    number: number;
    reason: string;
    author: schemas["RevisionAuthor"] | null;
    createdAt: string;
    document: schemas["CourseDocument"];
  };
  "RevisionView": {
    number: number;
    reason: string;
    author: schemas["RevisionAuthor"] | null;
    createdAt: string;
  };
  "Role": "learner" | "instructor" | "admin" | "operator";
  "Roles": {
    roles: schemas["Role"][];
  };
  "Scope": "media:read" | "media:write" | "courses:read" | "courses:write" | "enrolments:read" | "enrolments:write" | "products:write";
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
  "ShortTextContent": {
    answers: (string | unknown)[];
    matchCase?: boolean;
    kind: "short_text";
  };
  "SingleChoiceContent": {
    choices: (schemas["Choice"] | unknown)[];
    kind: "single_choice";
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
  "Suspension": {
    reason: string;
  };
  "TotpCode": {
    code: string;
  };
  "TotpView": {
    secret: string;
    uri: string;
    qrSvg: string;
  };
  "TranscriptView": {
    language: string;
    label: string;
    origin: "upload" | "embedded" | "automatic";
    paragraphs: schemas["ParagraphView"][];
  };
  "TrueFalseContent": {
    answer: boolean;
    feedbackTrue?: string;
    feedbackFalse?: string;
    kind: "true_false";
  };
  "UserView": {
    id: string;
    email: string;
    emailVerified: boolean;
    displayName: string;
    headline: string;
    biography: string;
    language: string;
    timeZone: string;
    roles: string[];
    avatarUrl: string | null;
    totpEnabled: boolean;
    createdAt: string;
    impersonatedBy?: string | null;
  };
  "WarningView": {
    code: string;
    lesson: string;
    message: string;
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
