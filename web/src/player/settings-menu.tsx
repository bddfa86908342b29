import { Icon } from "@/components/icon";
import { RATES } from "./actions";
import type { Track } from "./engine";
import { Choice, Menu } from "./menu";

interface SettingsProps {
  qualities: readonly string[];
  chosen: string | null;
  showing: string | null;
  onChoose: (quality: string | null) => void;
  sounds: readonly Track[];
  sound: string | null;
  onSound: (id: string) => void;
  rate: number;
  onRate: (rate: number) => void;
}

/** Quality, speed, and the language where there are several, behind one button. */
export function SettingsMenu({ qualities, chosen, showing, onChoose, sounds, sound, onSound, rate, onRate }: SettingsProps) {
  const auto = showing && chosen === null ? `Auto (${showing})` : "Auto";
  const button = (
    <>
      <Icon name="gear" />
      {showing && <span className="settings-now">{showing}</span>}
    </>
  );
  return (
    <Menu label="Quality and speed" button={button}>
      {qualities.length > 0 && (
        <fieldset>
          <legend>Quality</legend>
          <Choice group="quality" label={auto} checked={chosen === null} onPick={() => onChoose(null)} />
          {qualities.map((one) => (
            <Choice key={one} group="quality" label={one} checked={chosen === one} onPick={() => onChoose(one)} />
          ))}
        </fieldset>
      )}
      {sounds.length > 1 && (
        <fieldset>
          <legend>Sound</legend>
          {sounds.map(({ id, label }) => (
            <Choice key={id} group="sound" label={label} checked={sound === id} onPick={() => onSound(id)} />
          ))}
        </fieldset>
      )}
      <fieldset>
        <legend>Speed</legend>
        {RATES.map((one) => (
          <Choice key={one} group="rate" label={one === 1 ? "Normal" : `${one}×`} checked={rate === one} onPick={() => onRate(one)} />
        ))}
      </fieldset>
    </Menu>
  );
}
