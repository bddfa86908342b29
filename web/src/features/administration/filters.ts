/** Filters that live in the address, so that what was found can be kept and shared. */

/** A filter's value; undefined where it is empty. */
export const given = (search: URLSearchParams, name: string): string | undefined => search.get(name) || undefined;

/** The page's address with what a form's fields say; empty ones are left out. */
export function filled(path: string, data: FormData): string {
  const pairs = [...data.entries()].map(([name, value]): [string, string] => [name, String(value).trim()]);
  const wanted = new URLSearchParams(pairs.filter(([, value]) => value)).toString();
  return wanted ? `${path}?${wanted}` : path;
}
