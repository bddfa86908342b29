/** Which page an address shows, and whom. A page of a feature is loaded when it is first gone to. */
import { Fragment, lazy, type ReactNode } from "react";
import type { User } from "@/api/types";
import { match, type Params } from "@/lib/router";
import { LibraryPage } from "@/features/media/library/library-page";
import { Welcome } from "@/features/session/welcome";

const CoursesPage = lazy(() => import("@/features/catalogue/courses-page"));
const CoursePage = lazy(() => import("@/features/catalogue/course-page"));
const LessonPage = lazy(() => import("@/features/catalogue/lesson-page"));
const LearningPage = lazy(() => import("@/features/catalogue/learning-page"));
const WatchPage = lazy(() => import("@/features/media/watch/watch-page"));
const VerifyEmailPage = lazy(() => import("@/features/session/verify-email-page"));
const ResetPasswordPage = lazy(() => import("@/features/session/reset-password-page"));
const ForgotPasswordPage = lazy(() => import("@/features/session/forgot-password-page"));
const TeachPage = lazy(() => import("@/features/teaching/teach-page"));
const TeachCoursePage = lazy(() => import("@/features/teaching/course/course-page"));
const TeachLessonPage = lazy(() => import("@/features/teaching/lesson/lesson-page"));
const ReviewPage = lazy(() => import("@/features/teaching/review/review-page"));
const AccountPage = lazy(() => import("@/features/account/account-page"));
const UsersPage = lazy(() => import("@/features/administration/users-page"));
const UserPage = lazy(() => import("@/features/administration/user-page"));
const AuditPage = lazy(() => import("@/features/administration/audit-page"));
const MailPage = lazy(() => import("@/features/operations/mail-page"));
const OperationsPage = lazy(() => import("@/features/operations/operations-page"));

export const isOperator = (user: User) => user.roles.some((role) => role === "operator" || role === "admin");
export const isAdmin = (user: User) => user.roles.includes("admin");
export const isTeacher = (user: User) => user.roles.some((role) => role === "instructor" || role === "admin");
/** The page that "/" shows as well. */
export const homeOf = (user: User) => (isTeacher(user) ? "/library" : "/learning");

interface OpenRoute {
  pattern: string;
  /** It takes the whole window, as the door does. */
  bare?: boolean;
  /** For everyone. */
  open: (params: Params, user: User | null) => ReactNode;
}

interface SignedRoute {
  pattern: string;
  /** For who is signed in; others are shown the door, and come back to this address. */
  signed: (params: Params, user: User) => ReactNode;
  /** Only for some of them; for the others there is nothing here. */
  only?: (user: User) => boolean;
}

/** Who signs in or out sees more or less of the same thing: it is loaded anew. */
const forThem = (id: string, user: User | null): string => `${id} ${user?.id ?? ""}`;

const library = (user: User) => <LibraryPage user={user} canUpload={isTeacher(user)} />;
const teachCourse = ({ id = "", part = "" }: Params, user: User) => <TeachCoursePage key={id} courseId={id} part={part} user={user} />;

const ROUTES: readonly (OpenRoute | SignedRoute)[] = [
  { pattern: "/courses", open: () => <CoursesPage /> },
  { pattern: "/courses/:slug", open: ({ slug = "" }, user) => <CoursePage key={forThem(slug, user)} slug={slug} user={user} /> },
  { pattern: "/lessons/:id", open: ({ id = "" }, user) => <LessonPage key={forThem("lesson", user)} lessonId={id} user={user} /> },
  { pattern: "/verify-email", bare: true, open: () => <VerifyEmailPage /> },
  { pattern: "/reset-password", bare: true, open: () => <ResetPasswordPage /> },
  { pattern: "/forgot-password", bare: true, open: () => <ForgotPasswordPage /> },
  { pattern: "/", signed: (_, user) => (isTeacher(user) ? library(user) : <LearningPage user={user} />) },
  { pattern: "/learning", signed: (_, user) => <LearningPage user={user} /> },
  { pattern: "/library", signed: (_, user) => library(user) },
  { pattern: "/watch/:id", signed: ({ id = "" }) => <WatchPage key={id} assetId={id} /> },
  { pattern: "/teach", only: isTeacher, signed: (_, user) => <TeachPage reviews={isAdmin(user)} /> },
  { pattern: "/teach/review", only: isAdmin, signed: () => <ReviewPage /> },
  { pattern: "/teach/:id", only: isTeacher, signed: teachCourse },
  { pattern: "/teach/:id/:part", only: isTeacher, signed: teachCourse },
  {
    pattern: "/teach/:id/lessons/:lesson",
    only: isTeacher,
    signed: ({ id = "", lesson = "" }, user) => <TeachLessonPage key={lesson} courseId={id} lessonId={lesson} user={user} />,
  },
  { pattern: "/account", signed: (_, user) => <AccountPage user={user} canMakeKeys={isTeacher(user)} /> },
  { pattern: "/admin", only: isAdmin, signed: () => <UsersPage /> },
  { pattern: "/admin/users/:id", only: isAdmin, signed: ({ id = "" }, user) => <UserPage key={id} userId={id} me={user.id} /> },
  { pattern: "/admin/audit", only: isAdmin, signed: () => <AuditPage /> },
  { pattern: "/operations/mail", only: isOperator, signed: () => <MailPage /> },
  { pattern: "/operations", only: isOperator, signed: () => <OperationsPage /> },
];

export interface Shown {
  page: ReactNode;
  /** The door takes the whole window. */
  bare?: boolean;
}

/** The page at `path` for this user (null: nobody is signed in); null when there is none. */
export function shown(path: string, user: User | null): Shown | null {
  if (!user && match("/register", path)) return { page: <Welcome key="register" first="register" />, bare: true };
  for (const route of ROUTES) {
    const params = match(route.pattern, path);
    if (!params) continue;
    if ("open" in route) return { page: route.open(params, user), bare: route.bare ?? false };
    if (!user) break;
    if (route.only && !route.only(user)) return null;
    return { page: <Fragment key={user.id}>{route.signed(params, user)}</Fragment> };
  }
  // Who is not signed in does not learn which addresses there are.
  return user ? null : { page: <Welcome key="login" />, bare: true };
}
