import type { ReactNode } from "react";
import { ErrorNotice, Loading } from "@/components/notice";
import type { Resource } from "@/lib/use-resource";

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  /** Right-aligned figures. */
  figure?: boolean;
}

interface SectionProps<T> {
  title: string;
  resource: Pick<Resource<unknown>, "error">;
  rows: readonly T[] | undefined;
  empty: string;
  columns: readonly Column<T>[];
  id: (row: T) => string;
}

/** A titled table that keeps its last rows while a reload fails. On phones each row becomes a small card. */
export function TableSection<T>({ title, resource, rows, empty, columns, id }: SectionProps<T>) {
  return (
    <section className="ops-section" aria-label={title}>
      <h2>
        {title} {rows && rows.length > 0 && <span className="ops-count">{rows.length}</span>}
      </h2>
      <ErrorNotice error={resource.error} />
      {!rows && !resource.error && <Loading what={title.toLowerCase()} />}
      {rows?.length === 0 && <p className="ops-empty">{empty}</p>}
      {rows && rows.length > 0 && (
        <div className="panel ops-scroll">
          <table>
            <thead>
              <tr>
                {columns.map((column) => (
                  <th key={column.title} scope="col" className={column.figure ? "figure" : undefined}>
                    {column.title}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {rows.map((row) => (
                <tr key={id(row)}>
                  {columns.map((column) => (
                    <td key={column.title} data-title={column.title} className={column.figure ? "figure" : undefined}>
                      {column.cell(row)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}
