import { useState, type ReactNode } from "react";
import { Icon } from "@/components/icon";
import { freshKey } from "@/lib/fresh-key";

interface PartsProps<T> {
  legend: string;
  /** What one of them is called: "choice". */
  one: string;
  first: readonly T[];
  /** Fewer there may not be. */
  least: number;
  children: (part: Partial<T>, name: string, id: string) => ReactNode;
}

const fresh = () => freshKey().slice(0, 8);

/** Rows of which a question is made. Each keeps its id, which answers refer to. */
export function Parts<T extends { id: string }>({ legend, one, first, least, children }: PartsProps<T>) {
  const known = new Map<string, T>(first.map((part) => [part.id, part]));
  const [ids, setIds] = useState(() => {
    const empty = Array.from({ length: Math.max(0, least - first.length) }, fresh);
    return [...first.map((part) => part.id), ...empty];
  });
  const swap = (index: number) => setIds(ids.toSpliced(index - 1, 2, ids[index] ?? "", ids[index - 1] ?? ""));
  return (
    <fieldset className="teach-group">
      <legend>{legend}</legend>
      {ids.map((id, index) => {
        const name = `${one} ${index + 1}`;
        return (
          <div key={id} className="teach-part" role="group" aria-label={name}>
            <input type="hidden" name="part.id" value={id} />
            {children(known.get(id) ?? {}, name, id)}
            <span className="teach-acts">
              <button
                type="button"
                className="button ghost square"
                aria-label={`Move ${name} up`}
                disabled={index === 0}
                onClick={() => swap(index)}
              >
                <Icon name="up" />
              </button>
              <button
                type="button"
                className="button ghost square"
                aria-label={`Remove ${name}`}
                disabled={ids.length <= least}
                onClick={() => setIds(ids.filter((other) => other !== id))}
              >
                <Icon name="close" />
              </button>
            </span>
          </div>
        );
      })}
      <p className="teach-acts">
        <button type="button" className="button" onClick={() => setIds([...ids, fresh()])}>
          Add a {one}
        </button>
      </p>
    </fieldset>
  );
}
