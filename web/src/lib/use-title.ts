import { useEffect } from "react";

/** Name the tab after what it shows. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = title ? `${title} · Aula` : "Aula";
  }, [title]);
}
