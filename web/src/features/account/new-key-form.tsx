import { Checkbox } from "@/components/checkbox";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { text, useForm } from "@/lib/use-form";
import { createKey, type NewKey, type Scope } from "./api/keys";
import { Save } from "./section";

const SCOPES: readonly (readonly [Scope, string])[] = [
  ["media:read", "See videos and how far they are"],
  ["media:write", "Upload and change videos"],
  ["courses:read", "See courses, also drafts"],
  ["courses:write", "Make and change courses"],
  ["enrolments:read", "See who is enrolled"],
  ["enrolments:write", "Enrol people"],
  ["products:write", "Change what is sold"],
];

const LIVES = [
  ["30", "30 days"],
  ["90", "90 days"],
  ["365", "A year"],
  ["", "Until it is revoked"],
] as const;

const DAY_MS = 86_400_000;

/** What a new key may do, and for how long. */
export function NewKeyForm({ onMade, onCancel }: { onMade: (key: NewKey) => void; onCancel: () => void }) {
  const form = useForm(async (data) => {
    const scopes = SCOPES.map(([scope]) => scope).filter((scope) => data.has(scope));
    if (scopes.length === 0) throw new Error("Choose at least one thing that the key may do.");
    const days = Number(text(data, "life"));
    const end = days > 0 ? new Date(Date.now() + days * DAY_MS).toISOString() : null;
    onMade(await createKey(text(data, "name"), scopes, end));
  });
  return (
    <form className="account-fields" aria-label="New key" onSubmit={form.onSubmit}>
      <ErrorNotice error={form.error} />
      <div className="account-pair">
        <Field label="What it is for" name="name" required maxLength={120} error={form.fieldError("name")} />
        <Select label="Works for" name="life" defaultValue="90" options={LIVES} error={form.fieldError("expiresAt")} />
      </div>
      <fieldset className="account-scopes">
        <legend>What it may do</legend>
        {SCOPES.map(([scope, words]) => (
          <Checkbox key={scope} name={scope} label={words} hint={scope} />
        ))}
      </fieldset>
      <div className="account-acts">
        <Save busy={form.busy}>Make the key</Save>
        <button type="button" className="button ghost" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}
