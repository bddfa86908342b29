/** What one may choose for one's profile. */
import { languageName } from "@/lib/languages";

const TAGS = ["ar", "cs", "da", "de", "el", "en", "es", "fi", "fr", "he", "hi", "hu", "id", "it", "ja", "ko", "nl", "no", "pl", "pt", "pt-BR"];
const MORE = ["ro", "ru", "sv", "th", "tr", "uk", "vi", "zh"];

type Options = [value: string, label: string][];

/** Languages by name; `chosen` is among them whatever it is. */
export function languages(chosen: string): Options {
  const options = [...new Set([...TAGS, ...MORE, chosen])].map((tag): Options[number] => [tag, languageName(tag)]);
  return options.toSorted(([, a], [, b]) => a.localeCompare(b));
}

/** Time zones that the browser knows, and `chosen`. */
export function timeZones(chosen: string): Options {
  const names = new Set(["UTC", ...Intl.supportedValuesOf("timeZone"), chosen]);
  return [...names].toSorted().map((name) => [name, name.replaceAll("_", " ")]);
}
