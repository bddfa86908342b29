import type { ReactNode } from "react";
import { sentence } from "@/api/problem";
import { Icon } from "./icon";

/** Something went wrong, said where it matters and to screen readers at once. */
export function ErrorNotice({ error, children }: { error: unknown; children?: ReactNode }) {
  if (!error) return null;
  return (
    <div className="notice notice-bad" role="alert">
      <Icon name="alert" />
      <span>{sentence(error)}</span>
      {children}
    </div>
  );
}

/** Nothing here yet: what this place is for and what to do next. */
export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Quiet placeholder while the first answer is under way. */
export function Loading({ what }: { what: string }) {
  return (
    <p className="loading" role="status">
      Loading {what}…
    </p>
  );
}
