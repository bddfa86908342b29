/** Languages by their BCP 47 tags, in the words and the order of this browser's user. */

const NAMES = new Intl.DisplayNames("en", { type: "language", fallback: "code" });

/** "pt-BR" -> "Brazilian Portuguese"; what is no tag stays. */
export function languageName(tag: string): string {
  try {
    return NAMES.of(tag) ?? tag;
  } catch {
    return tag;
  }
}

const base = (tag: string) => tag.split("-", 1)[0];

/** The one of `tags` that the user reads best: the same language and country before the same language; none may fit. */
export function preferred(tags: readonly string[]): string | undefined {
  for (const wanted of navigator.languages) {
    const found = tags.find((tag) => tag === wanted) ?? tags.find((tag) => base(tag) === base(wanted));
    if (found) return found;
  }
  return undefined;
}
