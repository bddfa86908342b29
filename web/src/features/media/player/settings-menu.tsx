import { useEffect, useRef, useState } from "react";
import { Icon } from "@/components/icon";
import { RATES } from "./actions";
import type { Quality } from "./engine";

interface SettingsProps {
  qualities: readonly Quality[];
  chosen: number;
  showing: number;
  onChoose: (index: number) => void;
  rate: number;
  onRate: (rate: number) => void;
}

interface ChoiceProps {
  group: string;
  label: string;
  checked: boolean;
  onPick: () => void;
}

function Choice({ group, label, checked, onPick }: ChoiceProps) {
  return (
    <label className="choice">
      <input type="radio" name={group} checked={checked} onChange={onPick} />
      {label}
    </label>
  );
}

/** Quality and speed, behind one button. */
export function SettingsMenu({ qualities, chosen, showing, onChoose, rate, onRate }: SettingsProps) {
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

  const onScreen = qualities.find((quality) => quality.index === showing)?.label;
  const auto = onScreen && chosen < 0 ? `Auto (${onScreen})` : "Auto";
  return (
    <div className="settings" ref={box}>
      <button type="button" className="player-button" aria-label="Quality and speed" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name="gear" />
        {onScreen && <span className="settings-now">{onScreen}</span>}
      </button>
      {open && (
        <div className="settings-menu">
          {qualities.length > 0 && (
            <fieldset>
              <legend>Quality</legend>
              <Choice group="quality" label={auto} checked={chosen < 0} onPick={() => onChoose(-1)} />
              {qualities.toReversed().map((quality) => (
                <Choice
                  key={quality.index}
                  group="quality"
                  label={quality.label}
                  checked={chosen === quality.index}
                  onPick={() => onChoose(quality.index)}
                />
              ))}
            </fieldset>
          )}
          <fieldset>
            <legend>Speed</legend>
            {RATES.map((one) => (
              <Choice key={one} group="rate" label={one === 1 ? "Normal" : `${one}×`} checked={rate === one} onPick={() => onRate(one)} />
            ))}
          </fieldset>
        </div>
      )}
    </div>
  );
}
