import { useId, useState, type ReactNode } from "react";
import { Icon, type IconName } from "./icon";
import "./foldable.css";

/** What wide screens always show and narrow ones on demand. */
export function Foldable({ label, icon, children }: { label: string; icon: IconName; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const id = useId();
  return (
    <div className="foldable">
      <button type="button" className="button foldable-button" aria-expanded={open} aria-controls={id} onClick={() => setOpen(!open)}>
        <Icon name={icon} /> {label}
      </button>
      <div id={id} className={open ? "foldable-content" : "foldable-content folded"}>
        {children}
      </div>
    </div>
  );
}
