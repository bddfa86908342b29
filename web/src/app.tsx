import { lazy, Suspense, type ReactNode } from "react";
import type { User } from "@/api/types";
import { Empty, Loading } from "@/components/notice";
import { Link, usePath } from "@/lib/router";
import { useSession } from "@/lib/use-session";
import { LibraryPage } from "@/features/media/library/library-page";
import { AccountMenu } from "@/features/session/account-menu";
import { Welcome } from "@/features/session/welcome";

const WatchPage = lazy(() => import("@/features/media/watch/watch-page"));
const OperationsPage = lazy(() => import("@/features/operations/operations-page"));

const isOperator = (user: User) => user.roles.some((role) => role === "operator" || role === "admin");
const isTeacher = (user: User) => user.roles.some((role) => role === "instructor" || role === "admin");

function Shell({ user, children }: { user: User; children: ReactNode }) {
  return (
    <>
      <a className="skip" href="#content">
        Skip to content
      </a>
      <header className="top">
        <Link href="/" className="brand">
          Aula
        </Link>
        <nav aria-label="Main">
          <Link href="/">Library</Link>
          {isOperator(user) && <Link href="/operations">Operations</Link>}
        </nav>
        <AccountMenu user={user} />
      </header>
      <main id="content" tabIndex={-1}>
        <Suspense fallback={<Loading what="the page" />}>{children}</Suspense>
      </main>
    </>
  );
}

function page(path: string, user: User): ReactNode {
  if (path === "/") return <LibraryPage user={user} canUpload={isTeacher(user)} />;
  const watched = /^\/watch\/([\w-]+)$/.exec(path)?.[1];
  if (watched) return <WatchPage key={watched} assetId={watched} />;
  if (path === "/operations" && isOperator(user)) return <OperationsPage />;
  return (
    <Empty title="There is nothing at this address">
      <Link href="/" className="button">
        Go to the library
      </Link>
    </Empty>
  );
}

/** Shows the door or the house. */
export function App() {
  const session = useSession();
  const path = usePath();
  if (session.state === "loading") return <Loading what="Aula" />;
  if (session.state === "out") return <Welcome />;
  return <Shell user={session.user}>{page(path, session.user)}</Shell>;
}
