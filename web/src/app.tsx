import { Suspense, useCallback, useEffect, type ReactNode } from "react";
import type { User } from "@/api/types";
import { Empty, Loading } from "@/components/notice";
import { isOurs, Link, navigate, usePath, useSearch } from "@/lib/router";
import { useOnChange } from "@/lib/use-on-change";
import { useSession } from "@/lib/use-session";
import { AccountMenu } from "@/features/session/account-menu";
import { ImpersonationBar } from "@/features/session/impersonation-bar";
import { UnverifiedBanner } from "@/features/session/unverified-banner";
import { homeOf, isAdmin, isOperator, isTeacher, shown } from "./routes";

/** The ways in, which lead back to where one came from. */
function Entrance({ path }: { path: string }) {
  const next = path === "/" ? "" : `?next=${encodeURIComponent(path)}`;
  return (
    <div className="account">
      <Link href={`/sign-in${next}`} className="button ghost">
        Sign in
      </Link>
      <Link href={`/register${next}`} className="button primary">
        Create an account
      </Link>
    </div>
  );
}

/** A link to what may be shown at "/" already. */
function HomeLink({ href, user, path, label }: { href: string; user: User; path: string; label: string }) {
  const here = path === href || (path === "/" && homeOf(user) === href);
  return (
    <Link href={href} aria-current={here ? "page" : undefined}>
      {label}
    </Link>
  );
}

function Shell({ user, path, children }: { user: User | null; path: string; children: ReactNode }) {
  // Who navigates by keyboard or hears the page begins with the new one.
  const begin = useCallback(() => document.querySelector<HTMLElement>("#content")?.focus({ preventScroll: true }), []);
  useOnChange(path, begin);
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      {user && <ImpersonationBar user={user} />}
      <header className="top">
        <Link href="/" className="brand">
          Aula
        </Link>
        <nav aria-label="Main">
          <Link href="/courses">Courses</Link>
          {user && <HomeLink href="/learning" user={user} path={path} label="My learning" />}
          {user && isTeacher(user) && <HomeLink href="/library" user={user} path={path} label="Library" />}
          {user && isTeacher(user) && <Link href="/teach">Teach</Link>}
          {user && isAdmin(user) && <Link href="/admin">Admin</Link>}
          {user && isOperator(user) && <Link href="/operations">Operations</Link>}
        </nav>
        {user ? <AccountMenu user={user} /> : <Entrance path={path} />}
      </header>
      {user && <UnverifiedBanner key={user.id} user={user} />}
      <main id="content" tabIndex={-1}>
        <Suspense fallback={<Loading what="the page" />}>{children}</Suspense>
      </main>
    </>
  );
}

function Nothing() {
  return (
    <Empty title="There is nothing at this address">
      <Link href="/" className="button">
        Go to the start
      </Link>
    </Empty>
  );
}

/** Who has signed in at the door goes on to where they wanted. */
function useWayBack(path: string, user: User | null): void {
  const next = useSearch().get("next") ?? "/";
  const atTheDoor = path === "/sign-in" || path === "/register";
  useEffect(() => {
    if (user && atTheDoor) navigate(isOurs(next) ? next : "/", { replace: true });
  }, [user, atTheDoor, next]);
}

/** Shows the page of the address: to everyone, or after the door. */
export function App() {
  const session = useSession();
  const path = usePath();
  const user = session.state === "in" ? session.user : null;
  useWayBack(path, user);
  if (session.state === "loading") return <Loading what="Aula" />;
  const found = shown(path, user);
  if (found?.bare) return <Suspense fallback={<Loading what="the page" />}>{found.page}</Suspense>;
  return (
    <Shell user={user} path={path}>
      {found ? found.page : <Nothing />}
    </Shell>
  );
}
