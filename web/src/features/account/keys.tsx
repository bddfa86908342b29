import { useState } from "react";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice } from "@/components/notice";
import { age } from "@/lib/format";
import { useAction } from "@/lib/use-action";
import { usePages } from "@/lib/use-pages";
import { listKeys, revokeKey, type ApiKey, type NewKey } from "./api/keys";
import { NewKeyForm } from "./new-key-form";
import { Section } from "./section";
import { ShownOnce } from "./shown-once";

function Row({ apiKey, busy, onRevoke }: { apiKey: ApiKey; busy: boolean; onRevoke: () => void }) {
  const used = apiKey.lastUsedAt ? `last used ${age(apiKey.lastUsedAt)}` : "never used";
  const ends = apiKey.expiresAt ? `until ${new Date(apiKey.expiresAt).toLocaleDateString()}` : "until revoked";
  return (
    <li>
      <div>
        <strong>{apiKey.name}</strong> <code>{apiKey.prefix}…</code>
        <p className="field-hint">
          {apiKey.scopes.join(", ")} · {ends} · {used}
        </p>
      </div>
      <button type="button" className="button danger" disabled={busy} aria-label={`Revoke ${apiKey.name}`} onClick={onRevoke}>
        Revoke
      </button>
    </li>
  );
}

/** Keys for scripts that act for the account. */
export function Keys() {
  const keys = usePages(listKeys);
  const { busy, error, run } = useAction();
  const [making, setMaking] = useState(false);
  const [made, setMade] = useState<NewKey | null>(null);
  const onMade = (key: NewKey) => {
    setMaking(false);
    setMade(key);
    keys.reload();
  };
  const revoke = (key: ApiKey) => void run(async () => (await revokeKey(key.id), keys.reload()));
  return (
    <Section title="API keys" note="For scripts. A key acts for you, within what you allow it.">
      {made && (
        <ShownOnce title={`The key “${made.name}”.`} lines={[made.key]} filename="aula-api-key.txt" onDone={() => setMade(null)} />
      )}
      <ErrorNotice error={error} />
      {keys.items.length > 0 && (
        <ul className="account-list" aria-busy={keys.busy}>
          {keys.items.map((key) => (
            <Row key={key.id} apiKey={key} busy={busy} onRevoke={() => revoke(key)} />
          ))}
        </ul>
      )}
      <MoreButton pages={keys} />
      {making ? (
        <NewKeyForm onMade={onMade} onCancel={() => setMaking(false)} />
      ) : (
        <p className="account-acts">
          <button type="button" className="button" onClick={() => setMaking(true)}>
            Make a key
          </button>
        </p>
      )}
    </Section>
  );
}
