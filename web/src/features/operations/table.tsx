import { ErrorNotice, Loading } from "@/components/notice";
import { Table, type Column } from "@/components/table";
import type { Resource } from "@/lib/use-resource";

interface SectionProps<T> {
  title: string;
  resource: Pick<Resource<unknown>, "error">;
  rows: readonly T[] | undefined;
  empty: string;
  columns: readonly Column<T>[];
  id: (row: T) => string;
}

/** A titled table that keeps its last rows while a reload fails. */
export function TableSection<T>({ title, resource, rows, empty, columns, id }: SectionProps<T>) {
  return (
    <section className="ops-section" aria-label={title}>
      <h2>
        {title} {rows && rows.length > 0 && <span className="ops-count">{rows.length}</span>}
      </h2>
      <ErrorNotice error={resource.error} />
      {!rows && !resource.error && <Loading what={title.toLowerCase()} />}
      {rows?.length === 0 && <p className="ops-empty">{empty}</p>}
      {rows && rows.length > 0 && <Table label={title} rows={rows} columns={columns} id={id} />}
    </section>
  );
}
