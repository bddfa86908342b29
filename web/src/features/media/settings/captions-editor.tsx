import { useEffect, useState } from "react";
import type { Caption } from "@/api/types";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { useAction } from "@/lib/use-action";
import { captionAutomatically, deleteCaptions, putCaptions } from "../api/captions";
import { LANGUAGES, likelyLanguage } from "./languages";

const ORIGINS: Readonly<Record<Caption["origin"], string>> = {
  upload: "brought by you",
  embedded: "found in the file",
  automatic: "written automatically",
};
const LOOK_MS = 5_000;

interface EditorProps {
  assetId: string;
  captions: readonly Caption[];
  onChanged: () => void;
}

function Languages({ captions, onRemove }: { captions: readonly Caption[]; onRemove: (caption: Caption) => void }) {
  if (captions.length === 0) return <p className="settings-none">None so far. A transcript comes with the first ones.</p>;
  return (
    <ul className="settings-list">
      {captions.map((caption) => (
        <li key={caption.language}>
          <span>
            <strong>{caption.label}</strong> {ORIGINS[caption.origin]}
            {!caption.inStream && " · on its way to the players"}
          </span>
          <button
            type="button"
            className="button ghost square"
            aria-label={`Delete the captions in ${caption.label}`}
            onClick={() => onRemove(caption)}
          >
            <Icon name="trash" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Look now and then whether the captions in this language have been written. */
function useAwaited(language: string | null, captions: readonly Caption[], look: () => void): boolean {
  const waiting = language !== null && !captions.some((caption) => caption.language === language);
  useEffect(() => {
    if (!waiting) return undefined;
    const timer = setInterval(look, LOOK_MS);
    return () => clearInterval(timer);
  }, [waiting, look]);
  return waiting;
}

/** Captions by language: bring a file, have them written, delete them. */
export function CaptionsEditor({ assetId, captions, onChanged }: EditorProps) {
  const [language, setLanguage] = useState(likelyLanguage);
  const [asked, setAsked] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  const waiting = useAwaited(asked, captions, onChanged);
  const change = (act: () => Promise<void>) => void run(async () => (await act(), onChanged()));
  const ask = () =>
    change(async () => {
      await captionAutomatically(assetId, language);
      setAsked(language);
    });
  return (
    <section className="panel settings-card" aria-label="Captions">
      <h3>Captions</h3>
      <Languages captions={captions} onRemove={(caption) => change(() => deleteCaptions(assetId, caption.language))} />
      <Select
        label="Language"
        options={LANGUAGES}
        value={language}
        onChange={(event) => setLanguage(event.target.value)}
        hint="SubRip (.srt) or WebVTT (.vtt). What is there in this language is replaced."
      />
      <ErrorNotice error={error} />
      <p className="settings-acts">
        <FileButton
          accept=".srt,.vtt,text/vtt,application/x-subrip"
          disabled={busy}
          testId="captions-input"
          onFile={(file) => change(() => putCaptions(assetId, language, file))}
        >
          <Icon name="upload" /> Upload a file
        </FileButton>
        <button type="button" className="button" disabled={busy || waiting} onClick={ask}>
          Write automatically
        </button>
        <span role="status">{waiting && "Being written, in the background."}</span>
      </p>
    </section>
  );
}
