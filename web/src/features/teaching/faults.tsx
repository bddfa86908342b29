import { Problem } from "@/api/problem";
import { ErrorNotice } from "@/components/notice";

/** What went wrong, and what the API says about the parts of what was sent, as far as no field says it. */
export function Faults({ error }: { error: unknown }) {
  const faults = error instanceof Problem ? Object.entries(error.fields) : [];
  return (
    <>
      <ErrorNotice error={error} />
      {faults.length > 0 && (
        <ul className="field-error">
          {faults.map(([field, message]) => (
            <li key={field}>{`${field}: ${message}`}</li>
          ))}
        </ul>
      )}
    </>
  );
}
