import type { ReactNode } from "react";
import { Link } from "@/lib/router";
import "./welcome.css";

/** What stands around the door's small pages: they take the whole window. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <main className="welcome welcome-narrow">
      <Link href="/" className="brand brand-large">
        Aula
      </Link>
      {children}
    </main>
  );
}
