import { useId, type ReactNode } from "react";

/** One subject of the account. */
export function Section({ title, note, children }: { title: string; note?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section className="panel account-section" aria-labelledby={id}>
      <header>
        <h2 id={id}>{title}</h2>
        {note && <p className="field-hint">{note}</p>}
      </header>
      {children}
    </section>
  );
}

interface SaveProps {
  busy: boolean;
  /** What is said once it is done. */
  said?: string | false;
  danger?: boolean;
  children: ReactNode;
}

/** The button at the end of a form, and what came of it. */
export function Save({ busy, said, danger = false, children }: SaveProps) {
  return (
    <p className="account-acts">
      <button type="submit" className={danger ? "button danger" : "button primary"} disabled={busy}>
        {children}
      </button>
      <span role="status">{said}</span>
    </p>
  );
}
