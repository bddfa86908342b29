/** Languages to choose from for captions, by their names in English. */
import { languageName, preferred } from "@/lib/languages";

const TAGS =
  "ar bg bn ca cs cy da de el en es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka ko lt lv mk ms mt nb nl pl pt pt-BR ro ru sk sl sq sr sv sw ta te th tr uk ur vi zh-Hans zh-Hant".split(
    " ",
  );

export const LANGUAGES: readonly (readonly [tag: string, name: string])[] = TAGS.map((tag) => [tag, languageName(tag)] as const).toSorted(
  ([, a], [, b]) => a.localeCompare(b),
);

/** The browser's own language where it is among them. */
export const likelyLanguage = (): string => preferred(TAGS) ?? "en";
