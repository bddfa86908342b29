import { useCallback, useState } from "react";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice, Loading } from "@/components/notice";
import { Select } from "@/components/select";
import { Table, type Column } from "@/components/table";
import { Tag } from "@/components/tag";
import { age } from "@/lib/format";
import { Link, navigate, useSearch } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { listMessages, sendAgain, type Message } from "./api/messages";
import { MessageDialog } from "./message-dialog";
import "./operations.css";

const STATES = [
  ["", "All"],
  ["queued", "Waiting"],
  ["sent", "Sent"],
  ["failed", "Failed"],
] as const;

const TONES = { queued: "warn", sent: "good", failed: "bad" } as const;

interface Doing {
  busy: boolean;
  onRead: (message: Message) => void;
  onAgain: (message: Message) => void;
}

const columns = ({ busy, onRead, onAgain }: Doing): readonly Column<Message>[] => [
  {
    title: "Mail",
    cell: (message) => (
      <button type="button" className="link" onClick={() => onRead(message)} aria-label={`${message.template} to ${message.recipient}`}>
        {message.template}
      </button>
    ),
  },
  { title: "To", cell: (message) => <span className="ops-to">{message.recipient}</span> },
  {
    title: "State",
    cell: (message) => (
      <span>
        <Tag tone={TONES[message.state]}>{STATES.find(([state]) => state === message.state)?.[1] ?? message.state}</Tag>
        {message.error && <small className="ops-why">{message.error}</small>}
      </span>
    ),
  },
  { title: "When", figure: true, cell: (message) => age(message.sentAt ?? message.createdAt) },
  {
    title: "Again",
    cell: (message) =>
      message.state === "failed" && (
        <button type="button" className="button" disabled={busy} onClick={() => onAgain(message)}>
          Send again
        </button>
      ),
  },
];

/** What the platform has said to people. Where mail is captured, its text is here too. */
export default function MailPage() {
  useTitle("Mail");
  const wanted = useSearch().get("state") ?? "";
  const state = STATES.find(([name]) => name === wanted)?.[0] || undefined;
  const load = useCallback((cursor: string | undefined, signal: AbortSignal) => listMessages(state, cursor, signal), [state]);
  const messages = usePages(load);
  const [read, setRead] = useState<Message | null>(null);
  const { busy, error, run } = useAction();
  const again = (message: Message) => void run(async () => (await sendAgain(message.id), messages.reload()));
  return (
    <div className="ops">
      <header>
        <h1>Mail</h1>
        <p>
          <Link href="/operations">Queues and workers</Link>
        </p>
      </header>
      <div className="ops-section">
        <div className="ops-filter">
          <Select
            label="State"
            value={state ?? ""}
            options={STATES}
            onChange={({ target }) =>
              navigate(target.value ? `/operations/mail?state=${target.value}` : "/operations/mail", { replace: true })
            }
          />
          <button type="button" className="button" onClick={messages.reload}>
            Look again
          </button>
        </div>
        <ErrorNotice error={error} />
        {!messages.loaded && <Loading what="messages" />}
        {messages.loaded && !messages.error && messages.items.length === 0 && <p className="ops-empty">No such messages.</p>}
        {messages.items.length > 0 && (
          <Table
            label="Messages"
            rows={messages.items}
            columns={columns({ busy, onRead: setRead, onAgain: again })}
            id={(message) => message.id}
            busy={messages.busy}
          />
        )}
        <MoreButton pages={messages} />
      </div>
      {read && <MessageDialog message={read} onClose={() => setRead(null)} />}
    </div>
  );
}
