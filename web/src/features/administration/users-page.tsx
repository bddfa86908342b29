import { useCallback, type FormEvent } from "react";
import { Field } from "@/components/field";
import { MoreButton } from "@/components/more-button";
import { Empty, Loading } from "@/components/notice";
import { Select } from "@/components/select";
import { Table, type Column } from "@/components/table";
import { Tag } from "@/components/tag";
import { age } from "@/lib/format";
import { Link, navigate, useSearch } from "@/lib/router";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { listUsers, type Account } from "./api/users";
import { Frame } from "./frame";
import { filled, given } from "./filters";
import { roleName, ROLES, STATES, type Role, type State } from "./words";

const ROLE_OPTIONS = [["", "Any"], ...ROLES.map(([role, label]) => [role, label] as const)] as const;
const STATE_OPTIONS = [["", "Any"], ...Object.entries(STATES).map(([state, { label }]) => [state, label] as const)] as const;

const COLUMNS: readonly Column<Account>[] = [
  {
    title: "Name",
    cell: (user) => (
      <span>
        <Link href={`/admin/users/${user.id}`}>{user.displayName}</Link>
        {user.state !== "deleted" && <small className="admin-email">{user.email}</small>}
      </span>
    ),
  },
  { title: "State", cell: ({ state }) => <Tag tone={STATES[state].tone}>{STATES[state].label}</Tag> },
  { title: "Roles", cell: (user) => user.roles.map(roleName).join(", ") },
  { title: "Address", cell: (user) => (user.emailVerified ? "Confirmed" : "Not confirmed") },
  { title: "Since", figure: true, cell: (user) => age(user.createdAt) },
];

function find(event: FormEvent<HTMLFormElement>): void {
  event.preventDefault();
  navigate(filled("/admin", new FormData(event.currentTarget)), { replace: true });
}

function Filters({ search }: { search: URLSearchParams }) {
  return (
    <form
      key={search.toString()}
      className="admin-filters"
      role="search"
      onSubmit={find}
      onChange={(event) => event.target instanceof HTMLSelectElement && event.currentTarget.requestSubmit()}
    >
      <Field label="Name or address" name="q" type="search" placeholder="Begins with" defaultValue={search.get("q") ?? ""} maxLength={254} />
      <Select label="Role" name="role" defaultValue={search.get("role") ?? ""} options={ROLE_OPTIONS} />
      <Select label="State" name="state" defaultValue={search.get("state") ?? ""} options={STATE_OPTIONS} />
      <button type="submit" className="button">
        Find
      </button>
    </form>
  );
}

/** All accounts. What is looked for is in the address. */
export default function UsersPage() {
  useTitle("People");
  const search = useSearch();
  const [q, role, state] = [given(search, "q"), given(search, "role"), given(search, "state")];
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) =>
      listUsers({ q, role: role as Role | undefined, state: state as State | undefined, cursor }, signal),
    [q, role, state],
  );
  const users = usePages(load);
  return (
    <Frame title="People">
      <Filters search={search} />
      {!users.loaded && <Loading what="people" />}
      {users.loaded && !users.error && users.items.length === 0 && (
        <Empty title="Nobody fits">
          <p>Try fewer letters, or another role or state.</p>
        </Empty>
      )}
      {users.items.length > 0 && <Table label="People" rows={users.items} columns={COLUMNS} id={(user) => user.id} busy={users.busy} />}
      <MoreButton pages={users} />
    </Frame>
  );
}
