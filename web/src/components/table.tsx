import type { ReactNode } from "react";
import "./table.css";

export interface Column<T> {
  title: string;
  cell: (row: T) => ReactNode;
  /** Right-aligned figures. */
  figure?: boolean;
}

interface TableProps<T> {
  /** What it lists, for who hears the page. */
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  id: (row: T) => string;
  busy?: boolean;
}

/** A table. On phones each row becomes a small card. */
export function Table<T>({ label, rows, columns, id, busy = false }: TableProps<T>) {
  return (
    <div className="panel table">
      <table aria-label={label} aria-busy={busy}>
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
  );
}
