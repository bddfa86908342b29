import { useCallback } from "react";
import { MoreButton } from "@/components/more-button";
import { Empty, Loading } from "@/components/notice";
import { Table, type Column } from "@/components/table";
import { Link, useSearch } from "@/lib/router";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { listEntries, type Entry } from "./api/audit";
import { AuditFilters } from "./audit-filters";
import { given } from "./filters";
import { Frame } from "./frame";

const DAY_MS = 86_400_000;

/** The beginning of a day here, some days later; nothing for what is no day. */
function dayStart(day: string | undefined, later = 0): string | undefined {
  const start = Date.parse(`${day}T00:00`);
  return Number.isNaN(start) ? undefined : new Date(start + later * DAY_MS).toISOString();
}

function Actor({ entry }: { entry: Entry }) {
  if (!entry.actorId) return <>The platform</>;
  return (
    <span>
      <Link href={`/admin/users/${entry.actorId}`}>{entry.actorName ?? "Somebody"}</Link>
      {entry.impersonatorId && (
        <small className="admin-email">
          in truth <Link href={`/admin/users/${entry.impersonatorId}`}>an admin</Link>
        </small>
      )}
    </span>
  );
}

function Subject({ entry }: { entry: Entry }) {
  const { subjectId: id, subjectType: type } = entry;
  if (!id) return <>{type}</>;
  const href = type === "user" ? `/admin/users/${id}` : `/admin/audit?subjectType=${type}&subjectId=${id}`;
  return (
    <Link href={href} title={id}>
      {type}
    </Link>
  );
}

const facts = (detail: Entry["detail"]) =>
  Object.entries(detail)
    .map(([name, fact]) => `${name}: ${typeof fact === "string" ? fact : JSON.stringify(fact)}`)
    .join("\n");

const COLUMNS: readonly Column<Entry>[] = [
  { title: "When", cell: (entry) => <time dateTime={entry.at}>{new Date(entry.at).toLocaleString()}</time> },
  { title: "Who", cell: (entry) => <Actor entry={entry} /> },
  { title: "What", cell: (entry) => <code>{entry.action}</code> },
  { title: "To what", cell: (entry) => <Subject entry={entry} /> },
  { title: "Detail", cell: ({ detail }) => Object.keys(detail).length > 0 && <span className="admin-detail">{facts(detail)}</span> },
];

/** Who did what, as it can't be changed. */
export default function AuditPage() {
  useTitle("Audit log");
  const search = useSearch();
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      listEntries(
        {
          actorId: given(search, "actorId"),
          subjectType: given(search, "subjectType"),
          subjectId: given(search, "subjectId"),
          action: given(search, "action"),
          from: dayStart(given(search, "from")),
          to: dayStart(given(search, "to"), 1),
          cursor,
        },
        signal,
      ),
    [search],
  );
  const entries = usePages(load);
  return (
    <Frame title="Audit log">
      <AuditFilters key={search.toString()} search={search} />
      {!entries.loaded && <Loading what="the audit log" />}
      {entries.loaded && !entries.error && entries.items.length === 0 && <Empty title="No entry fits" />}
      {entries.items.length > 0 && (
        <Table label="Audit log" rows={entries.items} columns={COLUMNS} id={(entry) => entry.id} busy={entries.busy} />
      )}
      <MoreButton pages={entries} />
    </Frame>
  );
}
