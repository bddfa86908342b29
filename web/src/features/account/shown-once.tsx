import { useEffect, useRef, useState } from "react";
import { Icon } from "@/components/icon";
import { saveFile } from "./save-file";

interface ShownOnceProps {
  title: string;
  lines: readonly string[];
  filename: string;
  onDone: () => void;
}

/** What the server tells only now. */
export function ShownOnce({ title, lines, filename, onDone }: ShownOnceProps) {
  const box = useRef<HTMLDivElement>(null);
  const [said, setSaid] = useState("");
  const text = lines.join("\n");
  useEffect(() => box.current?.focus(), []);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setSaid("Copied.");
    } catch {
      // Browsers refuse it without TLS, or when they are told to.
      setSaid("The browser does not let us copy. Select the text instead.");
    }
  };
  return (
    <div ref={box} className="account-once" role="group" aria-label={title} tabIndex={-1}>
      <p>
        <strong>{title}</strong> Keep them safe: nobody can show them again.
      </p>
      <pre>{text}</pre>
      <p className="account-acts">
        <button type="button" className="button" onClick={() => void copy()}>
          Copy
        </button>
        <button type="button" className="button" onClick={() => saveFile(new Blob([`${text}\n`], { type: "text/plain" }), filename)}>
          <Icon name="save" /> Save as a file
        </button>
        <button type="button" className="button primary" onClick={onDone}>
          I have kept them
        </button>
        <span role="status">{said}</span>
      </p>
    </div>
  );
}
