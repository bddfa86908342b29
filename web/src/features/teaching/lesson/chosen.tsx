import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { useResource } from "@/lib/use-resource";

interface ChosenProps {
  /** "quiz" or "assignment". */
  what: string;
  load: (signal: AbortSignal) => Promise<{ items: readonly { id: string; title: string }[] }>;
  onTake: (id: string) => Promise<void>;
  onMake: () => Promise<void>;
}

/** A lesson that has nothing to ask yet: write it, or take what the course has. */
export function Chosen({ what, load, onTake, onMake }: ChosenProps) {
  const { data, error: loadError } = useResource(load);
  const { busy, error, run } = useAction();
  const form = useForm((filled) => onTake(text(filled, "chosen")));
  return (
    <section className="panel teach-card" aria-label={`The ${what} of this lesson`}>
      <p>This lesson has no {what} yet.</p>
      <p className="teach-acts">
        <button type="button" className="button primary" disabled={busy} onClick={() => void run(onMake)}>
          Write a new {what}
        </button>
      </p>
      {data && data.items.length > 0 && (
        <form className="teach-add" onSubmit={form.onSubmit}>
          <Select label={`Or take one of the course`} name="chosen" options={data.items.map(({ id, title }) => [id, title] as const)} />
          <button type="submit" className="button" disabled={form.busy}>
            Take it
          </button>
        </form>
      )}
      <ErrorNotice error={error ?? form.error ?? loadError} />
    </section>
  );
}
