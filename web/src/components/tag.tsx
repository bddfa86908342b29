import "./tag.css";

/** A state in a word, with a dot of its colour. */
export function Tag({ tone, children }: { tone: "good" | "warn" | "bad" | "quiet"; children: string }) {
  return <span className={`tone tone-${tone}`}>{children}</span>;
}
