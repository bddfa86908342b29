import { ErrorNotice } from "./notice";
import type { Pages } from "@/lib/use-pages";

/** The end of a list: the way on, what went wrong, or nothing. */
export function MoreButton({ pages }: { pages: Pick<Pages<unknown>, "more" | "busy" | "loaded" | "error"> }) {
  return (
    <>
      <ErrorNotice error={pages.error} />
      {pages.more && (
        <button type="button" className="button more" onClick={pages.more}>
          Show more
        </button>
      )}
      {pages.busy && pages.loaded && (
        <p className="loading" role="status">
          Loading more…
        </p>
      )}
    </>
  );
}
