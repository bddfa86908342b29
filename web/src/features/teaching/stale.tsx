import { ErrorNotice } from "@/components/notice";

/** Somebody else was faster: what was typed stays until one wants the newest instead. */
export function Stale({ what, onNewest }: { what: string; onNewest: () => Promise<void> }) {
  return (
    <ErrorNotice error={new Error(`Somebody else has changed ${what} meanwhile; what you typed is not saved.`)}>
      <button type="button" className="button" onClick={() => void onNewest()}>
        Load the newest
      </button>
    </ErrorNotice>
  );
}
