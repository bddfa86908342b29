import type { MouseEvent } from "react";
import { navigate } from "@/lib/router";
import "./prose.css";

const SERVED = /^\/(?:api|stream|schema)\//;

function follow(event: MouseEvent<HTMLElement>): void {
  const link = event.target instanceof Element ? event.target.closest("a") : null;
  if (!link || event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const to = new URL(link.href, location.href);
  if (to.origin !== location.origin || SERVED.test(to.pathname) || (to.hash && to.pathname === location.pathname)) return;
  event.preventDefault();
  navigate(to.pathname + to.search + to.hash);
}

/** Markdown that the server has rendered: only give it fields that the API calls `...Html`, which are clean. */
export function Prose({ html }: { html: string }) {
  if (!html.trim()) return null;
  // The listener only keeps links in the page that would leave and come back; keyboards click them too.
  // oxlint-disable-next-line jsx-a11y/no-static-element-interactions, jsx-a11y/click-events-have-key-events, react/no-danger
  return <div className="prose" onClick={follow} dangerouslySetInnerHTML={{ __html: html }} />;
}
