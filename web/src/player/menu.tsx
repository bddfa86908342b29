import { useEffect, useRef, useState, type ReactNode } from "react";

interface ChoiceProps {
  group: string;
  label: string;
  checked: boolean;
  onPick: () => void;
}

/** One of several. */
export function Choice({ group, label, checked, onPick }: ChoiceProps) {
  return (
    <label className="choice">
      <input type="radio" name={group} checked={checked} onChange={onPick} />
      {label}
    </label>
  );
}

/** A button of the player that opens choices above it; a click elsewhere, Escape and leaving by Tab close them. */
export function Menu({ label, button, children }: { label: string; button: ReactNode; children: ReactNode }) {
  const [open, setOpen] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return undefined;
    const outside = (event: Event) => {
      if (!box.current?.contains(event.target as Node)) setOpen(false);
    };
    const escape = (event: KeyboardEvent) => {
      if (event.key === "Escape") setOpen(false);
    };
    document.addEventListener("pointerdown", outside);
    document.addEventListener("focusin", outside);
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("pointerdown", outside);
      document.removeEventListener("focusin", outside);
      document.removeEventListener("keydown", escape);
    };
  }, [open]);
  return (
    <div className="settings" ref={box}>
      <button type="button" className="player-button" aria-label={label} aria-expanded={open} onClick={() => setOpen(!open)}>
        {button}
      </button>
      {open && <div className="settings-menu">{children}</div>}
    </div>
  );
}
