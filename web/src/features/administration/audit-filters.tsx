import type { FormEvent } from "react";
import { Field } from "@/components/field";
import { Link, navigate } from "@/lib/router";
import { filled } from "./filters";

const ID = "[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}";

function find(event: FormEvent<HTMLFormElement>): void {
  event.preventDefault();
  navigate(filled("/admin/audit", new FormData(event.currentTarget)), { replace: true });
}

/** What to look for in the audit log. */
export function AuditFilters({ search }: { search: URLSearchParams }) {
  const was = (name: string) => ({ name, defaultValue: search.get(name) ?? "" });
  return (
    <form className="admin-filters" role="search" onSubmit={find}>
      <Field label="What" {...was("action")} placeholder="user.suspended" pattern="[a-z_]+(\.[a-z_]+)+" maxLength={80} />
      <Field label="To what kind" {...was("subjectType")} placeholder="course" pattern="[a-z_]+" maxLength={40} />
      <Field label="To which (id)" {...was("subjectId")} pattern={ID} />
      <Field label="By whom (id)" {...was("actorId")} pattern={ID} />
      <Field label="From" type="date" {...was("from")} />
      <Field label="To" type="date" {...was("to")} />
      <p className="admin-acts">
        <button type="submit" className="button">
          Find
        </button>
        {search.size > 0 && <Link href="/admin/audit">Show all</Link>}
      </p>
    </form>
  );
}
