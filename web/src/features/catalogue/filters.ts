/** What is looked for in the catalogue, as the address has it: so it can be kept, shared and gone back to. */
import type { Filters } from "./api/list-courses";
import { LEVELS } from "./words";

const PRICES = { free: "Free", paid: "Paid" } as const;
const ORDERS = { newest: "Newest first", title: "By title" } as const;

export const CHOICES = {
  level: [["", "Any level"], ...Object.entries(LEVELS)],
  price: [["", "Any price"], ...Object.entries(PRICES)],
  sort: Object.entries(ORDERS),
} as const satisfies Record<string, readonly (readonly [string, string])[]>;

const oneOf = <Key extends string>(known: Readonly<Record<Key, string>>, value: string | null): Key | undefined =>
  value !== null && Object.hasOwn(known, value) ? (value as Key) : undefined;

/** What an address asks for; what the catalogue doesn't know is left out. */
export function filtersOf(search: URLSearchParams): Filters {
  const given = (name: string) => search.get(name)?.trim().slice(0, 200) || undefined;
  return {
    q: given("q"),
    category: given("category"),
    tag: given("tag"),
    language: given("language"),
    level: oneOf(LEVELS, search.get("level")),
    price: oneOf(PRICES, search.get("price")),
    sort: oneOf(ORDERS, search.get("sort")),
  };
}

/** The address of the catalogue narrowed to `filters`. */
export function addressOf(filters: Filters): string {
  const pairs = Object.entries(filters).filter((pair): pair is [string, string] => typeof pair[1] === "string" && pair[1] !== "");
  return pairs.length > 0 ? `/courses?${new URLSearchParams(pairs).toString()}` : "/courses";
}

/** Whether anything is left out; the order leaves nothing out. */
export const narrows = (filters: Filters): boolean => Object.values({ ...filters, sort: undefined }).some(Boolean);
