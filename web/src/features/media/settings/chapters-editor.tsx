import { useId, type FormEvent, type RefObject } from "react";
import type { Chapter } from "@/api/types";
import { ErrorNotice } from "@/components/notice";
import { clock } from "@/lib/format";
import { useAction } from "@/lib/use-action";
import { putChapters } from "../api/chapters";
import { fromLines, toLines } from "./chapter-lines";

interface EditorProps {
  assetId: string;
  chapters: readonly Chapter[];
  video: RefObject<HTMLVideoElement | null>;
  onChanged: () => void;
}

/** Chapters as lines of text. */
export function ChaptersEditor({ assetId, chapters, video, onChanged }: EditorProps) {
  const id = useId();
  const { busy, done, error, run } = useAction();
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const text = String(new FormData(event.currentTarget).get("chapters") ?? "");
    void run(async () => {
      await putChapters(assetId, fromLines(text));
      onChanged();
    });
  };
  const insert = (form: HTMLFormElement | null) => {
    const area = form?.querySelector("textarea");
    if (!area) return;
    const before = area.value && !area.value.endsWith("\n") ? `${area.value}\n` : area.value;
    area.value = `${before}${clock(video.current?.currentTime ?? 0)} `;
    area.focus();
  };
  return (
    <form className="panel settings-card" onSubmit={save} aria-label="Chapters">
      <h3>Chapters</h3>
      <div className="field">
        <label htmlFor={id}>A line for each</label>
        <textarea
          id={id}
          name="chapters"
          rows={6}
          placeholder={"0:00 Welcome\n1:30 Proof"}
          aria-describedby={`${id}-note`}
          defaultValue={toLines(chapters)}
        />
        <small id={`${id}-note`} className="field-hint">
          Time and title, in their order. Without lines there are no chapters.
        </small>
      </div>
      <ErrorNotice error={error} />
      <p className="settings-acts">
        <button type="submit" className="button primary" disabled={busy}>
          Save
        </button>
        <button type="button" className="button" onClick={(event) => insert(event.currentTarget.form)}>
          Begin one here
        </button>
        <span role="status">{done && "Saved."}</span>
      </p>
    </form>
  );
}
