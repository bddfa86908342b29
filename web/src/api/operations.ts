/** Made from the API's OpenAPI document by scripts/api-types.mjs; do not edit. */
import type { schemas } from "./schema";

/** The document calls a field that has a default optional; in answers every field is there. */
export type Answer<T> = T extends (infer Item)[] ? Answer<Item>[] : T extends object ? { [K in keyof T]-?: Answer<T[K]> } : T;

/** Method, path and whom it lets in: `signed` wants a token, `either` takes one where there is one, `open` looks at none. */
export const operations = {
  addInstructor: ["POST", "/courses/{courseId}/instructors", "signed"],
  addLesson: ["POST", "/modules/{moduleId}/lessons", "signed"],
  addModule: ["POST", "/courses/{courseId}/modules", "signed"],
  addProduct: ["POST", "/products", "signed"],
  addQuestion: ["POST", "/quizzes/{quizId}/questions", "signed"],
  appendToUpload: ["PATCH", "/uploads/{uploadId}", "signed"],
  approveCourse: ["POST", "/courses/{courseId}/approve", "signed"],
  archiveCourse: ["POST", "/courses/{courseId}/archive", "signed"],
  beginCampaign: ["POST", "/media/campaigns", "signed"],
  beginTotp: ["POST", "/users/me/totp", "signed"],
  cancelAsset: ["POST", "/assets/{assetId}/cancel", "signed"],
  cancelCampaign: ["DELETE", "/media/campaigns/{campaignId}", "signed"],
  cancelReencode: ["DELETE", "/assets/{assetId}/reencode", "signed"],
  captionAutomatically: ["POST", "/assets/{assetId}/captions/{language}/automatic", "signed"],
  changeAsset: ["PATCH", "/assets/{assetId}", "signed"],
  changeAssignment: ["PATCH", "/assignments/{assignmentId}", "signed"],
  changeCourse: ["PATCH", "/courses/{courseId}", "signed"],
  changeFile: ["PATCH", "/files/{fileId}", "signed"],
  changeLesson: ["PATCH", "/lessons/{lessonId}", "signed"],
  changeMe: ["PATCH", "/users/me", "signed"],
  changeModule: ["PATCH", "/modules/{moduleId}", "signed"],
  changePassword: ["POST", "/users/me/password", "signed"],
  changeProduct: ["PATCH", "/products/{productId}", "signed"],
  changeQuestion: ["PATCH", "/questions/{questionId}", "signed"],
  changeQuiz: ["PATCH", "/quizzes/{quizId}", "signed"],
  confirmTotp: ["POST", "/users/me/totp/confirm", "signed"],
  createApiKey: ["POST", "/users/me/api-keys", "signed"],
  createAssignment: ["POST", "/courses/{courseId}/assignments", "signed"],
  createCourse: ["POST", "/courses", "signed"],
  createQuiz: ["POST", "/courses/{courseId}/quizzes", "signed"],
  createUpload: ["POST", "/uploads", "signed"],
  deleteAsset: ["DELETE", "/assets/{assetId}", "signed"],
  deleteAssignment: ["DELETE", "/assignments/{assignmentId}", "signed"],
  deleteCaptions: ["DELETE", "/assets/{assetId}/captions/{language}", "signed"],
  deleteCourse: ["DELETE", "/courses/{courseId}", "signed"],
  deleteCourseCover: ["DELETE", "/courses/{courseId}/cover", "signed"],
  deleteFile: ["DELETE", "/files/{fileId}", "signed"],
  deleteLesson: ["DELETE", "/lessons/{lessonId}", "signed"],
  deleteMe: ["DELETE", "/users/me", "signed"],
  deleteModule: ["DELETE", "/modules/{moduleId}", "signed"],
  deleteMyAvatar: ["DELETE", "/users/me/avatar", "signed"],
  deletePoster: ["DELETE", "/assets/{assetId}/poster", "signed"],
  deleteQuestion: ["DELETE", "/questions/{questionId}", "signed"],
  deleteQuiz: ["DELETE", "/quizzes/{quizId}", "signed"],
  deleteUser: ["DELETE", "/users/{userId}", "signed"],
  downloadFile: ["POST", "/files/{fileId}/download", "either"],
  duplicateCourse: ["POST", "/courses/{courseId}/duplicate", "signed"],
  endEnrolment: ["DELETE", "/enrolments/{enrolmentId}", "signed"],
  endEntitlement: ["POST", "/entitlements/{entitlementId}/end", "signed"],
  endMySession: ["DELETE", "/users/me/sessions/{sessionId}", "signed"],
  endPlayback: ["DELETE", "/playback/{sessionId}", "either"],
  enrol: ["POST", "/courses/{courseId}/enrolments", "signed"],
  exportCourse: ["GET", "/courses/{courseId}/export", "signed"],
  exportMe: ["GET", "/users/me/export", "signed"],
  finishSignInElsewhere: ["GET", "/users/oidc/{provider}/callback", "open"],
  forgotPassword: ["POST", "/users/forgot-password", "open"],
  getAsset: ["GET", "/assets/{assetId}", "signed"],
  getAssetProgress: ["GET", "/assets/{assetId}/progress", "signed"],
  getAssignment: ["GET", "/assignments/{assignmentId}", "signed"],
  getCaptions: ["GET", "/assets/{assetId}/captions/{language}", "signed"],
  getChapters: ["GET", "/assets/{assetId}/chapters", "signed"],
  getChaptersFile: ["GET", "/assets/{assetId}/chapters.vtt", "signed"],
  getCourse: ["GET", "/courses/{courseId}", "either"],
  getCourseBySlug: ["GET", "/courses/by-slug/{slug}", "either"],
  getCourseCover: ["GET", "/courses/{courseId}/cover", "signed"],
  getCurriculum: ["GET", "/courses/{courseId}/curriculum", "either"],
  getFile: ["GET", "/files/{fileId}", "either"],
  getLesson: ["GET", "/lessons/{lessonId}", "either"],
  getMe: ["GET", "/users/me", "signed"],
  getMessage: ["GET", "/ops/messages/{messageId}", "signed"],
  getMyAvatar: ["GET", "/users/me/avatar", "signed"],
  getPicture: ["GET", "/pictures/{pictureId}/{name}", "open"],
  getPipeline: ["GET", "/ops/pipelines/{pipelineId}", "signed"],
  getPoster: ["GET", "/assets/{assetId}/poster", "signed"],
  getProduct: ["GET", "/products/{productId}", "either"],
  getQuiz: ["GET", "/quizzes/{quizId}", "signed"],
  getRevision: ["GET", "/courses/{courseId}/revisions/{number}", "signed"],
  getTranscript: ["GET", "/assets/{assetId}/transcript", "signed"],
  getUser: ["GET", "/users/{userId}", "signed"],
  grantAsset: ["POST", "/assets/{assetId}/grants", "signed"],
  impersonateUser: ["POST", "/users/{userId}/impersonate", "signed"],
  importCourse: ["POST", "/courses/import", "signed"],
  keepRevision: ["POST", "/courses/{courseId}/revisions", "signed"],
  listApiKeys: ["GET", "/users/me/api-keys", "signed"],
  listAssets: ["GET", "/assets", "signed"],
  listAssignments: ["GET", "/courses/{courseId}/assignments", "signed"],
  listAuditEntries: ["GET", "/audit", "signed"],
  listCampaigns: ["GET", "/media/campaigns", "signed"],
  listCaptions: ["GET", "/assets/{assetId}/captions", "signed"],
  listCourses: ["GET", "/courses", "either"],
  listCoursesInReview: ["GET", "/courses/review", "signed"],
  listEnrolments: ["GET", "/courses/{courseId}/enrolments", "signed"],
  listEntitlements: ["GET", "/courses/{courseId}/entitlements", "signed"],
  listFiles: ["GET", "/files", "signed"],
  listGrants: ["GET", "/assets/{assetId}/grants", "signed"],
  listInstructors: ["GET", "/courses/{courseId}/instructors", "signed"],
  listJobs: ["GET", "/ops/jobs", "signed"],
  listMessages: ["GET", "/ops/messages", "signed"],
  listMyCourses: ["GET", "/courses/mine", "signed"],
  listMyEnrolments: ["GET", "/users/me/enrolments", "signed"],
  listMySessions: ["GET", "/users/me/sessions", "signed"],
  listPipelines: ["GET", "/ops/pipelines", "signed"],
  listProducts: ["GET", "/products", "either"],
  listQueues: ["GET", "/ops/queues", "signed"],
  listQuizzes: ["GET", "/courses/{courseId}/quizzes", "signed"],
  listRevisions: ["GET", "/courses/{courseId}/revisions", "signed"],
  listSignInProviders: ["GET", "/users/oidc", "open"],
  listUsers: ["GET", "/users", "signed"],
  listWorkers: ["GET", "/ops/workers", "signed"],
  loginUser: ["POST", "/users/login", "open"],
  logoutEverywhere: ["POST", "/users/logout-all", "signed"],
  logoutUser: ["POST", "/users/logout", "open"],
  moveLesson: ["POST", "/lessons/{lessonId}/move", "signed"],
  moveModule: ["POST", "/modules/{moduleId}/move", "signed"],
  moveQuestion: ["POST", "/questions/{questionId}/move", "signed"],
  pickPoster: ["POST", "/assets/{assetId}/poster", "signed"],
  publishCourse: ["POST", "/courses/{courseId}/publish", "signed"],
  putCaptions: ["PUT", "/assets/{assetId}/captions/{language}", "signed"],
  putChapters: ["PUT", "/assets/{assetId}/chapters", "signed"],
  putCourseCover: ["PUT", "/courses/{courseId}/cover", "signed"],
  putMyAvatar: ["PUT", "/users/me/avatar", "signed"],
  putPoster: ["PUT", "/assets/{assetId}/poster", "signed"],
  reencodeAsset: ["POST", "/assets/{assetId}/reencode", "signed"],
  refreshSession: ["POST", "/users/refresh", "open"],
  registerUser: ["POST", "/users/register", "open"],
  reinstateUser: ["POST", "/users/{userId}/reinstate", "signed"],
  rejectCourse: ["POST", "/courses/{courseId}/reject", "signed"],
  removeInstructor: ["DELETE", "/courses/{courseId}/instructors/{userId}", "signed"],
  removeProduct: ["DELETE", "/products/{productId}", "signed"],
  removeTotp: ["DELETE", "/users/me/totp", "signed"],
  renewPlayback: ["POST", "/playback/{sessionId}/renew", "either"],
  renewRecoveryCodes: ["POST", "/users/me/recovery-codes", "signed"],
  resetPassword: ["POST", "/users/reset-password", "open"],
  restoreCourse: ["POST", "/courses/{courseId}/restore", "signed"],
  restoreRevision: ["POST", "/courses/{courseId}/revisions/{number}/restore", "signed"],
  retryAsset: ["POST", "/assets/{assetId}/retry", "signed"],
  revokeApiKey: ["DELETE", "/users/me/api-keys/{keyId}", "signed"],
  sendMessageAgain: ["POST", "/ops/messages/{messageId}/send-again", "signed"],
  sendVerification: ["POST", "/users/me/verification", "signed"],
  setCourseOwner: ["PUT", "/courses/{courseId}/owner", "signed"],
  setCoursePrerequisites: ["PUT", "/courses/{courseId}/prerequisites", "signed"],
  setInstructor: ["PUT", "/courses/{courseId}/instructors/{userId}", "signed"],
  setLessonPrerequisites: ["PUT", "/lessons/{lessonId}/prerequisites", "signed"],
  setUserRoles: ["PUT", "/users/{userId}/roles", "signed"],
  startLesson: ["POST", "/lessons/{lessonId}/playback", "either"],
  startPlayback: ["POST", "/assets/{assetId}/playback", "signed"],
  startSignInElsewhere: ["GET", "/users/oidc/{provider}/start", "open"],
  submitCourse: ["POST", "/courses/{courseId}/submit", "signed"],
  suspendUser: ["POST", "/users/{userId}/suspend", "signed"],
  terminateUpload: ["DELETE", "/uploads/{uploadId}", "signed"],
  verifyEmail: ["POST", "/users/verify-email", "open"],
  withdrawGrant: ["DELETE", "/assets/{assetId}/grants/{userId}", "signed"],
} as const;

/** What each operation takes and answers with. */
export interface Operations {
  /** Let somebody teach along, by address. */
  addInstructor: {
    path: { courseId: string };
    body: schemas["NewInstructor"];
    answer: Answer<schemas["InstructorView"][]>;
  };
  /** Add a lesson. */
  addLesson: {
    path: { moduleId: string };
    body: schemas["NewLesson"];
    answer: Answer<schemas["LessonView"]>;
  };
  /** Add a module. */
  addModule: {
    path: { courseId: string };
    body: schemas["NewModule"];
    answer: Answer<schemas["ModuleView"]>;
  };
  /** Sell something. */
  addProduct: {
    body: schemas["ProductOffer"];
    answer: Answer<schemas["ProductView"]>;
  };
  /** Add a question. */
  addQuestion: {
    path: { quizId: string };
    body: schemas["NewQuestion"];
    answer: Answer<schemas["QuestionView"]>;
  };
  /** Send a chunk. */
  appendToUpload: {
    path: { uploadId: string };
    answer: Answer<null>;
  };
  /** Publish what was submitted. */
  approveCourse: {
    path: { courseId: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** Take a course out of the catalogue. */
  archiveCourse: {
    path: { courseId: string };
    body?: schemas["Archiving"] | null;
    answer: Answer<schemas["CourseView"]>;
  };
  /** Encode many assets again. */
  beginCampaign: {
    body: schemas["NewCampaign"];
    answer: Answer<schemas["CampaignView"]>;
  };
  /** Begin to set up a second factor. */
  beginTotp: {
    body: schemas["PasswordGiven"];
    answer: Answer<schemas["TotpView"]>;
  };
  /** Stop processing. */
  cancelAsset: {
    path: { assetId: string };
    answer: Answer<schemas["AssetView"]>;
  };
  /** Stop a campaign. */
  cancelCampaign: {
    path: { campaignId: string };
    answer: Answer<schemas["CampaignView"]>;
  };
  /** Stop encoding again. */
  cancelReencode: {
    path: { assetId: string };
    answer: undefined;
  };
  /** Have captions written. */
  captionAutomatically: {
    path: { assetId: string; language: string };
    answer: undefined;
  };
  /** Change an asset. */
  changeAsset: {
    path: { assetId: string };
    body: schemas["AssetPatch"];
    answer: Answer<schemas["AssetView"]>;
  };
  /** Change an assignment. */
  changeAssignment: {
    path: { assignmentId: string };
    body: schemas["AssignmentPatch"];
    answer: Answer<schemas["AssignmentView"]>;
  };
  /** Change a course. */
  changeCourse: {
    path: { courseId: string };
    body: schemas["CoursePatch"];
    answer: Answer<schemas["CourseView"]>;
  };
  /** Rename a file, or give it to a course. */
  changeFile: {
    path: { fileId: string };
    body: schemas["FilePatch"];
    answer: Answer<schemas["FileView"]>;
  };
  /** Change a lesson. */
  changeLesson: {
    path: { lessonId: string };
    body: schemas["LessonPatch"];
    answer: Answer<schemas["LessonView"]>;
  };
  /** Change my account. */
  changeMe: {
    body: schemas["ProfilePatch"];
    answer: Answer<schemas["UserView"]>;
  };
  /** Change a module. */
  changeModule: {
    path: { moduleId: string };
    body: schemas["ModulePatch"];
    answer: Answer<schemas["ModuleView"]>;
  };
  /** Change the password. */
  changePassword: {
    body: schemas["PasswordChange"];
    answer: undefined;
  };
  /** Change a product. */
  changeProduct: {
    path: { productId: string };
    body: schemas["ProductPatch"];
    answer: Answer<schemas["ProductView"]>;
  };
  /** Change a question. */
  changeQuestion: {
    path: { questionId: string };
    body: schemas["QuestionPatch"];
    answer: Answer<schemas["QuestionView"]>;
  };
  /** Change a quiz. */
  changeQuiz: {
    path: { quizId: string };
    body: schemas["QuizPatch"];
    answer: Answer<schemas["QuizView"]>;
  };
  /** Switch the second factor on. */
  confirmTotp: {
    body: schemas["TotpCode"];
    answer: Answer<schemas["RecoveryCodesView"]>;
  };
  /** Make a key for scripts. */
  createApiKey: {
    body: schemas["NewApiKey"];
    answer: Answer<schemas["NewApiKeyView"]>;
  };
  /** Set an assignment. */
  createAssignment: {
    path: { courseId: string };
    body: schemas["NewAssignment"];
    answer: Answer<schemas["AssignmentView"]>;
  };
  /** Begin a course. */
  createCourse: {
    body: schemas["NewCourse"];
    answer: Answer<schemas["CourseView"]>;
  };
  /** Begin a quiz. */
  createQuiz: {
    path: { courseId: string };
    body: schemas["NewQuiz"];
    answer: Answer<schemas["QuizView"]>;
  };
  /** Announce a file. */
  createUpload: {
    answer: Answer<null>;
  };
  /** Delete an asset. */
  deleteAsset: {
    path: { assetId: string };
    answer: undefined;
  };
  /** Delete an assignment. */
  deleteAssignment: {
    path: { assignmentId: string };
    answer: undefined;
  };
  /** Remove captions. */
  deleteCaptions: {
    path: { assetId: string; language: string };
    answer: undefined;
  };
  /** Delete a draft. */
  deleteCourse: {
    path: { courseId: string };
    answer: undefined;
  };
  /** Show no cover. */
  deleteCourseCover: {
    path: { courseId: string };
    answer: undefined;
  };
  /** Delete a file. */
  deleteFile: {
    path: { fileId: string };
    answer: undefined;
  };
  /** Delete a lesson. */
  deleteLesson: {
    path: { lessonId: string };
    answer: undefined;
  };
  /** Delete my account. */
  deleteMe: {
    body: schemas["Farewell"];
    answer: Answer<null>;
  };
  /** Delete a module. */
  deleteModule: {
    path: { moduleId: string };
    answer: undefined;
  };
  /** Show no picture of me. */
  deleteMyAvatar: {
    answer: undefined;
  };
  /** Go back to the automatic poster. */
  deletePoster: {
    path: { assetId: string };
    answer: undefined;
  };
  /** Delete a question. */
  deleteQuestion: {
    path: { questionId: string };
    answer: undefined;
  };
  /** Delete a quiz. */
  deleteQuiz: {
    path: { quizId: string };
    answer: undefined;
  };
  /** Delete an account. */
  deleteUser: {
    path: { userId: string };
    answer: undefined;
  };
  /** Fetch a file. */
  downloadFile: {
    path: { fileId: string };
    answer: Answer<schemas["DownloadView"]>;
  };
  /** Copy a course. */
  duplicateCourse: {
    path: { courseId: string };
    answer: Answer<schemas["MadeCourse"]>;
  };
  /** Leave a course. */
  endEnrolment: {
    path: { enrolmentId: string };
    answer: undefined;
  };
  /** End an entitlement. */
  endEntitlement: {
    path: { entitlementId: string };
    body?: schemas["EndOfEntitlement"] | null;
    answer: Answer<schemas["EntitlementView"]>;
  };
  /** Sign out one device. */
  endMySession: {
    path: { sessionId: string };
    answer: undefined;
  };
  /** Stop watching. */
  endPlayback: {
    path: { sessionId: string };
    answer: Answer<null>;
  };
  /** Enrol. */
  enrol: {
    path: { courseId: string };
    body?: schemas["NewEnrolment"] | null;
    answer: Answer<schemas["EnrolmentView"]>;
  };
  /** Take a course home. */
  exportCourse: {
    path: { courseId: string };
    answer: Response;
  };
  /** Take my data away. */
  exportMe: {
    answer: Answer<schemas["ExportView"]>;
  };
  /** Come back from signing in elsewhere. */
  finishSignInElsewhere: {
    path: { provider: string };
    query?: { code?: string | undefined; state?: string | undefined; error?: string | undefined; iss?: string | undefined };
    answer: undefined;
  };
  /** Ask for a link to set a new password. */
  forgotPassword: {
    body: schemas["ForgottenPassword"];
    answer: undefined;
  };
  /** One asset. */
  getAsset: {
    path: { assetId: string };
    answer: Answer<schemas["AssetView"]>;
  };
  /** How far it is. */
  getAssetProgress: {
    path: { assetId: string };
    answer: Answer<schemas["ProgressView"]>;
  };
  /** One assignment. */
  getAssignment: {
    path: { assignmentId: string };
    answer: Answer<schemas["AssignmentView"]>;
  };
  /** Captions as one file. */
  getCaptions: {
    path: { assetId: string; language: string };
    answer: Response;
  };
  /** Chapters. */
  getChapters: {
    path: { assetId: string };
    answer: Answer<schemas["ChapterList"]>;
  };
  /** Chapters as a file. */
  getChaptersFile: {
    path: { assetId: string };
    answer: Response;
  };
  /** One course. */
  getCourse: {
    path: { courseId: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** One course by its slug. */
  getCourseBySlug: {
    path: { slug: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** What shows as cover. */
  getCourseCover: {
    path: { courseId: string };
    answer: Answer<schemas["PictureView"]>;
  };
  /** Modules and lessons. */
  getCurriculum: {
    path: { courseId: string };
    answer: Answer<schemas["CurriculumView"]>;
  };
  /** One file. */
  getFile: {
    path: { fileId: string };
    answer: Answer<schemas["FileView"]>;
  };
  /** One lesson. */
  getLesson: {
    path: { lessonId: string };
    answer: Answer<schemas["LessonView"]>;
  };
  /** Who am I. */
  getMe: {
    answer: Answer<schemas["UserView"]>;
  };
  /** One message. */
  getMessage: {
    path: { messageId: string };
    answer: Answer<schemas["MessageDetailView"]>;
  };
  /** What shows as my picture. */
  getMyAvatar: {
    answer: Answer<schemas["PictureView"]>;
  };
  /** An avatar or a cover. */
  getPicture: {
    path: { pictureId: string; name: string };
    answer: Response;
  };
  /** One pipeline. */
  getPipeline: {
    path: { pipelineId: string };
    answer: Answer<schemas["PipelineDetailView"]>;
  };
  /** What shows as poster. */
  getPoster: {
    path: { assetId: string };
    answer: Answer<schemas["PosterView"]>;
  };
  /** One product. */
  getProduct: {
    path: { productId: string };
    answer: Answer<schemas["ProductView"]>;
  };
  /** One quiz with its answers. */
  getQuiz: {
    path: { quizId: string };
    answer: Answer<schemas["QuizView"]>;
  };
  /** The course as it was. */
  getRevision: {
    path: { courseId: string; number: number };
    answer: Answer<schemas["RevisionDetail"]>;
  };
  /** What is said, as text. */
  getTranscript: {
    path: { assetId: string };
    query?: { language?: string | undefined };
    answer: Answer<schemas["TranscriptView"]>;
  };
  /** One account. */
  getUser: {
    path: { userId: string };
    answer: Answer<schemas["AccountView"]>;
  };
  /** Let someone watch. */
  grantAsset: {
    path: { assetId: string };
    body: schemas["NewGrant"];
    answer: Answer<schemas["GrantView"]>;
  };
  /** Look through an account's eyes. */
  impersonateUser: {
    path: { userId: string };
    answer: Answer<schemas["SessionView"]>;
  };
  /** Bring a course in. */
  importCourse: {
    file: Blob;
    answer: Answer<schemas["MadeCourse"]>;
  };
  /** Keep the course as it is. */
  keepRevision: {
    path: { courseId: string };
    body: schemas["NewRevision"];
    answer: Answer<schemas["RevisionView"]>;
  };
  /** My keys for scripts. */
  listApiKeys: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.users.keys.ApiKeyView_"]>;
  };
  /** What I may watch. */
  listAssets: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.assets.AssetView_"]>;
  };
  /** The assignments of a course. */
  listAssignments: {
    path: { courseId: string };
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.assignments.AssignmentCard_"]>;
  };
  /** Who did what. */
  listAuditEntries: {
    query?: { actorId?: string | undefined; subjectType?: string | undefined; subjectId?: string | undefined; action?: string | undefined; from?: string | undefined; to?: string | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.audit.AuditView_"]>;
  };
  /** Campaigns. */
  listCampaigns: {
    answer: Answer<schemas["CampaignView"][]>;
  };
  /** Which captions there are. */
  listCaptions: {
    path: { assetId: string };
    answer: Answer<schemas["CaptionView"][]>;
  };
  /** The catalogue. */
  listCourses: {
    query?: { q?: string | undefined; category?: string | undefined; level?: schemas["CourseLevel"] | undefined; language?: string | undefined; tag?: string | undefined; price?: "free" | "paid" | undefined; sort?: "newest" | "title" | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.courses.views.CourseCard_"]>;
  };
  /** What waits for a review. */
  listCoursesInReview: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.courses.views.CourseCard_"]>;
  };
  /** Who is enrolled. */
  listEnrolments: {
    path: { courseId: string };
    query?: { state?: "active" | "ended" | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.enrolments.LearnerView_"]>;
  };
  /** What lets people in. */
  listEntitlements: {
    path: { courseId: string };
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.enrolments.EntitlementView_"]>;
  };
  /** My files, or those of a course. */
  listFiles: {
    query?: { courseId?: string | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.files.FileView_"]>;
  };
  /** Who may watch. */
  listGrants: {
    path: { assetId: string };
    answer: Answer<schemas["GrantView"][]>;
  };
  /** Who teaches along. */
  listInstructors: {
    path: { courseId: string };
    answer: Answer<schemas["InstructorView"][]>;
  };
  /** Jobs. */
  listJobs: {
    query?: { state?: schemas["JobState"] | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.ops.JobView_"]>;
  };
  /** Messages to people. */
  listMessages: {
    query?: { state?: "queued" | "sent" | "failed" | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.ops_messages.MessageView_"]>;
  };
  /** The courses that I teach. */
  listMyCourses: {
    query?: { state?: schemas["CourseState"] | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.courses.views.CourseCard_"]>;
  };
  /** What I am enrolled in. */
  listMyEnrolments: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.enrolments.MyEnrolmentView_"]>;
  };
  /** Where I am signed in. */
  listMySessions: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.users.sessions.DeviceView_"]>;
  };
  /** Pipelines. */
  listPipelines: {
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.ops.PipelineView_"]>;
  };
  /** What is sold. */
  listProducts: {
    query?: { category?: string | undefined; kind?: schemas["ProductKind"] | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.products.ProductView_"]>;
  };
  /** Queues. */
  listQueues: {
    answer: Answer<schemas["QueueView"][]>;
  };
  /** The quizzes of a course. */
  listQuizzes: {
    path: { courseId: string };
    query?: { cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.quizzes.QuizCard_"]>;
  };
  /** What the course was. */
  listRevisions: {
    path: { courseId: string };
    query?: { cursor?: number | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.courses_archive.RevisionView_"]>;
  };
  /** Where else one may sign in. */
  listSignInProviders: {
    answer: Answer<schemas["ProviderView"][]>;
  };
  /** Find accounts. */
  listUsers: {
    query?: { q?: string | undefined; role?: schemas["Role"] | undefined; state?: "active" | "suspended" | "deleted" | undefined; cursor?: string | undefined; limit?: number | undefined };
    answer: Answer<schemas["Page_api.routes.users.admin.AccountView_"]>;
  };
  /** Worker processes. */
  listWorkers: {
    answer: Answer<schemas["WorkerView"][]>;
  };
  /** Sign in. */
  loginUser: {
    body: schemas["Credentials"];
    answer: Answer<schemas["SessionView"]>;
  };
  /** Sign out everywhere. */
  logoutEverywhere: {
    answer: Answer<null>;
  };
  /** Sign out. */
  logoutUser: {
    answer: Answer<null>;
  };
  /** Move a lesson. */
  moveLesson: {
    path: { lessonId: string };
    body: schemas["LessonMove"];
    answer: Answer<schemas["LessonView"]>;
  };
  /** Move a module. */
  moveModule: {
    path: { moduleId: string };
    body: schemas["Move"];
    answer: Answer<schemas["ModuleView"]>;
  };
  /** Move a question. */
  moveQuestion: {
    path: { questionId: string };
    body: schemas["Move"];
    answer: Answer<schemas["QuizView"]>;
  };
  /** Pick a frame as poster. */
  pickPoster: {
    path: { assetId: string };
    body: schemas["PickedFrame"];
    answer: Answer<schemas["PosterView"]>;
  };
  /** Publish without a review. */
  publishCourse: {
    path: { courseId: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** Bring captions. */
  putCaptions: {
    path: { assetId: string; language: string };
    query?: { label?: string | undefined };
    file: Blob;
    answer: Answer<schemas["CaptionView"]>;
  };
  /** Set chapters. */
  putChapters: {
    path: { assetId: string };
    body?: Record<string, unknown>;
    file?: Blob;
    answer: Answer<schemas["ChapterList"]>;
  };
  /** Bring a cover. */
  putCourseCover: {
    path: { courseId: string };
    file: Blob;
    answer: Answer<schemas["PictureView"]>;
  };
  /** Bring my picture. */
  putMyAvatar: {
    file: Blob;
    answer: Answer<schemas["PictureView"]>;
  };
  /** Bring a poster. */
  putPoster: {
    path: { assetId: string };
    file: Blob;
    answer: Answer<schemas["PosterView"]>;
  };
  /** Encode again. */
  reencodeAsset: {
    path: { assetId: string };
    body: schemas["NewReencode"];
    answer: Answer<schemas["ReencodeView"]>;
  };
  /** Exchange the refresh token. */
  refreshSession: {
    answer: Answer<schemas["SessionView"]>;
  };
  /** Create an account. */
  registerUser: {
    body: schemas["Registration"];
    answer: Answer<schemas["UserView"]>;
  };
  /** Reinstate an account. */
  reinstateUser: {
    path: { userId: string };
    answer: Answer<schemas["AccountView"]>;
  };
  /** Give back what was submitted. */
  rejectCourse: {
    path: { courseId: string };
    body: schemas["ReviewNote"];
    answer: Answer<schemas["CourseView"]>;
  };
  /** Let somebody teach along no longer. */
  removeInstructor: {
    path: { courseId: string; userId: string };
    answer: undefined;
  };
  /** Sell it no longer. */
  removeProduct: {
    path: { productId: string };
    answer: undefined;
  };
  /** Switch the second factor off. */
  removeTotp: {
    body: schemas["PasswordGiven"];
    answer: undefined;
  };
  /** Go on watching. */
  renewPlayback: {
    path: { sessionId: string };
    answer: Answer<schemas["PlaybackView"]>;
  };
  /** Make new recovery codes. */
  renewRecoveryCodes: {
    body: schemas["PasswordGiven"];
    answer: Answer<schemas["RecoveryCodesView"]>;
  };
  /** Set a new password. */
  resetPassword: {
    body: schemas["PasswordReset"];
    answer: undefined;
  };
  /** Bring an archived course back. */
  restoreCourse: {
    path: { courseId: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** Go back to a revision. */
  restoreRevision: {
    path: { courseId: string; number: number };
    answer: Answer<schemas["RestoredCourse"]>;
  };
  /** Process again. */
  retryAsset: {
    path: { assetId: string };
    answer: Answer<schemas["AssetView"]>;
  };
  /** Revoke a key. */
  revokeApiKey: {
    path: { keyId: string };
    answer: undefined;
  };
  /** Send a message that failed. */
  sendMessageAgain: {
    path: { messageId: string };
    answer: Answer<schemas["MessageView"]>;
  };
  /** Send the link again. */
  sendVerification: {
    answer: undefined;
  };
  /** Hand a course over. */
  setCourseOwner: {
    path: { courseId: string };
    body: schemas["NewOwner"];
    answer: Answer<schemas["CourseView"]>;
  };
  /** Say what comes before a course. */
  setCoursePrerequisites: {
    path: { courseId: string };
    body: schemas["PrerequisitesBody"];
    answer: Answer<schemas["CourseView"]>;
  };
  /** Let somebody teach along. */
  setInstructor: {
    path: { courseId: string; userId: string };
    body: schemas["PermissionsBody"];
    answer: Answer<schemas["InstructorView"][]>;
  };
  /** Say what comes before a lesson. */
  setLessonPrerequisites: {
    path: { lessonId: string };
    body: schemas["LessonPrerequisites"];
    answer: Answer<schemas["LessonView"]>;
  };
  /** Give roles. */
  setUserRoles: {
    path: { userId: string };
    body: schemas["Roles"];
    answer: Answer<schemas["AccountView"]>;
  };
  /** Begin to watch a lesson. */
  startLesson: {
    path: { lessonId: string };
    answer: Answer<schemas["PlaybackView"]>;
  };
  /** Begin to watch. */
  startPlayback: {
    path: { assetId: string };
    answer: Answer<schemas["PlaybackView"]>;
  };
  /** Go and sign in elsewhere. */
  startSignInElsewhere: {
    path: { provider: string };
    query?: { returnTo?: string | undefined };
    answer: undefined;
  };
  /** Ask for a review. */
  submitCourse: {
    path: { courseId: string };
    answer: Answer<schemas["CourseView"]>;
  };
  /** Suspend an account. */
  suspendUser: {
    path: { userId: string };
    body: schemas["Suspension"];
    answer: Answer<schemas["AccountView"]>;
  };
  /** Give up an upload. */
  terminateUpload: {
    path: { uploadId: string };
    answer: Answer<null>;
  };
  /** Confirm an address. */
  verifyEmail: {
    body: schemas["Proof"];
    answer: undefined;
  };
  /** Let someone watch no longer. */
  withdrawGrant: {
    path: { assetId: string; userId: string };
    answer: undefined;
  };
}
