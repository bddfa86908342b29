import { Problem } from "@/api/problem";
import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";

/** Why it may not be published, with the way to each lesson that lacks something. */
export function Refusal({ courseId, error }: { courseId: string; error: unknown }) {
  const faults = error instanceof Problem ? Object.entries(error.fields) : [];
  return (
    <>
      <ErrorNotice error={error} />
      {faults.length > 0 && (
        <ul>
          {faults.map(([field, message]) => {
            const lesson = /^lessons\/([\w-]+)$/.exec(field)?.[1];
            const href = lesson ? `/teach/${courseId}/lessons/${lesson}` : `/teach/${courseId}/curriculum`;
            return (
              <li key={field}>
                {field.startsWith("lessons") ? <Link href={href}>{message}</Link> : message}
              </li>
            );
          })}
        </ul>
      )}
    </>
  );
}
