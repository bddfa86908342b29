/** A few paths don't need a library: the address bar is the state, links are real links. */
import { useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

const CHANGED = "aula:navigated";

function subscribe(listener: () => void): () => void {
  window.addEventListener("popstate", listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    window.removeEventListener("popstate", listener);
    window.removeEventListener(CHANGED, listener);
  };
}

export function usePath(): string {
  return useSyncExternalStore(subscribe, () => window.location.pathname);
}

/** The address's query, for what a page should find again after a reload: filters, a chosen tab. */
export function useSearch(): URLSearchParams {
  const text = useSyncExternalStore(subscribe, () => window.location.search);
  return useMemo(() => new URLSearchParams(text), [text]);
}

/** Go to another page, or with `replace` say more exactly where this one is. */
export function navigate(path: string, { replace = false } = {}): void {
  if (replace) window.history.replaceState(null, "", path);
  else window.history.pushState(null, "", path);
  window.dispatchEvent(new Event(CHANGED));
  if (!replace) window.scrollTo(0, 0);
}

export type Params = Readonly<Record<string, string>>;

/** What `/courses/:slug` finds in a path; null when the path is another one. */
export function match(pattern: string, path: string): Params | null {
  const [wanted, given] = [pattern.split("/"), path.replace(/(?<=.)\/$/, "").split("/")];
  if (wanted.length !== given.length) return null;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":") && /^[\w-]+$/.test(value)) params[part.slice(1)] = value;
    else if (part !== value) return null;
  }
  return params;
}

/** Whether an address may be gone to after signing in: a page of ours, nothing that another site has put there. */
export const isOurs = (path: string): boolean => /^\/(?![/\\])/.test(path);

/** An anchor that stays in the page for plain clicks; modified clicks open tabs as everywhere. */
export function Link({ href, children, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    navigate(href);
  };
  const current = usePath() === href ? "page" : undefined;
  return (
    <a href={href} aria-current={current} {...rest} onClick={follow}>
      {children}
    </a>
  );
}
