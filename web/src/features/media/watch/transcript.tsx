import { memo, useCallback, useState, type MouseEvent, type RefObject } from "react";
import type { Caption, Paragraph } from "@/api/types";
import { ErrorNotice, Loading } from "@/components/notice";
import { Select } from "@/components/select";
import { clock } from "@/lib/format";
import { preferred } from "@/lib/languages";
import { useResource } from "@/lib/use-resource";
import { jump } from "@/player/actions";
import { useVideo } from "@/player/use-video";
import { getTranscript } from "../api/captions";

interface TextProps {
  assetId: string;
  caption: Caption;
  video: RefObject<HTMLVideoElement | null>;
}

const sentenceAt = (event: MouseEvent) => (event.target as HTMLElement).closest<HTMLElement>("[data-at]")?.dataset["at"];

/** The time is for the keyboard; a pointer may pick any sentence. */
const Spoken = memo(function Spoken({ paragraph, current }: { paragraph: Paragraph; current: boolean }) {
  return (
    <li aria-current={current || undefined}>
      <button type="button" className="link" data-at={paragraph.startS}>
        {clock(paragraph.startS)}
      </button>
      <p>
        {paragraph.speaker && <strong>{paragraph.speaker}: </strong>}
        {paragraph.sentences.map((sentence) => (
          <span key={sentence.startS + sentence.text} data-at={sentence.startS}>
            {sentence.text}{" "}
          </span>
        ))}
      </p>
    </li>
  );
});

function Text({ assetId, caption, video }: TextProps) {
  const { language } = caption;
  const load = useCallback((signal: AbortSignal) => getTranscript(assetId, language, signal), [assetId, language]);
  const { data, error } = useResource(load);
  const { time } = useVideo(video);
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the transcript" />;
  const now = data.paragraphs.findLast(({ startS }) => startS <= time);
  const follow = (event: MouseEvent) => {
    const at = sentenceAt(event);
    if (at !== undefined && !String(window.getSelection())) jump(video.current, Number(at));
  };
  return (
    // The buttons in it do the same for keyboards.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <ol className="spoken" lang={language} onClick={follow}>
      {data.paragraphs.map((paragraph) => (
        <Spoken key={paragraph.startS} paragraph={paragraph} current={paragraph === now} />
      ))}
    </ol>
  );
}

/** What is said, to read and to jump from; loaded when it is opened. */
export function TranscriptSection({ assetId, captions, video }: Omit<TextProps, "caption"> & { captions: readonly Caption[] }) {
  const [open, setOpen] = useState(false);
  const [language, setLanguage] = useState<string>();
  const wanted = language ?? preferred(captions.map((one) => one.language));
  const caption = captions.find((one) => one.language === wanted) ?? captions[0];
  if (!caption) return null;
  return (
    <details className="transcript panel" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>Transcript</summary>
      {captions.length > 1 && (
        <Select
          label="Language"
          options={captions.map((one) => [one.language, one.label] as const)}
          value={caption.language}
          onChange={(event) => setLanguage(event.target.value)}
        />
      )}
      {open && <Text key={caption.language + caption.updatedAt} assetId={assetId} caption={caption} video={video} />}
    </details>
  );
}
