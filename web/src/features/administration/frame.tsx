import type { ReactNode } from "react";
import { Link } from "@/lib/router";
import "./administration.css";

/** What the pages of admins have in common: their title and the ways between them. */
export function Frame({ title, children }: { title: string; children: ReactNode }) {
  return (
    <div className="admin">
      <header>
        <h1>{title}</h1>
        <nav aria-label="Administration" className="admin-ways">
          <Link href="/admin">People</Link>
          <Link href="/admin/audit">Audit log</Link>
        </nav>
      </header>
      {children}
    </div>
  );
}
