import { Field } from "@/components/field";
import { TextArea } from "@/components/text-area";
import { Parts } from "../parts";
import type { Choice, Content, Item, Pair } from "./content";

type Of<K extends Content["kind"]> = Extract<Content, { kind: K }>;

/** Choices, of which one or several are right. */
export function ChoiceFields({ content, several }: { content: Of<"single_choice" | "multiple_choice"> | undefined; several: boolean }) {
  return (
    <Parts<Choice> legend="Choices" one="choice" least={2} first={(content?.choices ?? []) as Choice[]}>
      {(choice, name, id) => (
        <>
          <label className="teach-right">
            <input type={several ? "checkbox" : "radio"} name="part.right" value={id} defaultChecked={choice.right} required={!several} /> Right
          </label>
          <Field label={`Text of ${name}`} name="part.text" required maxLength={2000} defaultValue={choice.text} />
          <Field label="Said to who chose it" name="part.feedback" maxLength={2000} defaultValue={choice.feedback} />
        </>
      )}
    </Parts>
  );
}

/** What belongs together, and what belongs to nothing. */
export function MatchingFields({ content }: { content: Of<"matching"> | undefined }) {
  return (
    <>
      <Parts<Pair> legend="Pairs" one="pair" least={2} first={(content?.pairs ?? []) as Pair[]}>
        {(pair) => (
          <>
            <Field label="Left" name="part.left" required maxLength={500} defaultValue={pair.left} />
            <Field label="Right" name="part.right" required maxLength={500} defaultValue={pair.right} />
          </>
        )}
      </Parts>
      <TextArea
        label="What belongs to nothing"
        name="distractors"
        rows={3}
        defaultValue={(content?.distractors ?? []).join("\n")}
        hint="A line for each; offered among the rights."
      />
    </>
  );
}

/** Things in their right order. */
export function OrderingFields({ content }: { content: Of<"ordering"> | undefined }) {
  return (
    <Parts<Item> legend="In the right order" one="item" least={2} first={(content?.items ?? []) as Item[]}>
      {(item, name) => <Field label={`Text of ${name}`} name="part.text" required maxLength={500} defaultValue={item.text} />}
    </Parts>
  );
}
