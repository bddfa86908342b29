import { Icon } from "@/components/icon";
import type { Track } from "./engine";
import { Choice, Menu } from "./menu";

interface CaptionsProps {
  captions: readonly Track[];
  shown: string | null;
  onShow: (id: string | null) => void;
}

/** Which captions show; not there for videos without any. */
export function CaptionsMenu({ captions, shown, onShow }: CaptionsProps) {
  if (captions.length === 0) return null;
  return (
    <Menu label="Captions" button={<Icon name={shown ? "captions" : "captionsOff"} />}>
      <fieldset>
        <legend>Captions</legend>
        <Choice group="captions" label="Off" checked={shown === null} onPick={() => onShow(null)} />
        {captions.map(({ id, label }) => (
          <Choice key={id} group="captions" label={label} checked={shown === id} onPick={() => onShow(id)} />
        ))}
      </fieldset>
    </Menu>
  );
}
