import type { Form } from "@/lib/use-form";

/** The end of a form: its button, and that it has been saved. */
export function SaveLine({ form, act = "Save" }: { form: Pick<Form, "busy" | "done">; act?: string }) {
  return (
    <p className="teach-acts">
      <button type="submit" className="button primary" disabled={form.busy}>
        {act}
      </button>
      <span role="status">{form.done && "Saved."}</span>
    </p>
  );
}
