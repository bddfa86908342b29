import type { ReactNode } from "react";
import type { MadeCourse } from "./api/archive";

/** What could not be brought along. */
export function Warnings({ warnings, children }: { warnings: MadeCourse["warnings"]; children: ReactNode }) {
  if (warnings.length === 0) return null;
  return (
    <div className="panel teach-card" role="status">
      <p>{children}</p>
      <ul>
        {warnings.map((warning) => (
          <li key={warning.code + warning.lesson}>
            {warning.lesson && `${warning.lesson}: `}
            {warning.message}
          </li>
        ))}
      </ul>
    </div>
  );
}
