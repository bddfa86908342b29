import { Checkbox } from "@/components/checkbox";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import type { Content, Kind } from "./content";
import { ChoiceFields, MatchingFields, OrderingFields } from "./part-fields";

const TRUTH = [
  ["true", "True"],
  ["false", "False"],
] as const;
const TOLERANCES = [
  ["units", "As a number"],
  ["percent", "In percent of the value"],
] as const;

/** The fields of one kind of question. `content` is what it holds so far. */
export function ContentFields({ kind, content }: { kind: Kind; content: Content | undefined }) {
  const held = <K extends Kind>(name: K) => (content?.kind === name ? (content as Extract<Content, { kind: K }>) : undefined);
  if (kind === "single_choice") return <ChoiceFields content={held(kind)} several={false} />;
  if (kind === "multiple_choice") return <ChoiceFields content={held(kind)} several />;
  if (kind === "matching") return <MatchingFields content={held(kind)} />;
  if (kind === "ordering") return <OrderingFields content={held(kind)} />;
  if (kind === "true_false") {
    const known = held(kind);
    return (
      <div className="teach-pair">
        <Select label="The statement is" name="answer" options={TRUTH} defaultValue={String(known?.answer ?? true)} />
        <Field label="Said to who answers true" name="feedbackTrue" maxLength={2000} defaultValue={known?.feedbackTrue} />
        <Field label="Said to who answers false" name="feedbackFalse" maxLength={2000} defaultValue={known?.feedbackFalse} />
      </div>
    );
  }
  if (kind === "short_text") {
    const known = held(kind);
    return (
      <>
        <TextArea label="Right answers" name="answers" rows={4} required defaultValue={known?.answers.join("\n")} hint="A line for each." />
        <Checkbox label="Capital letters count" name="matchCase" defaultChecked={known?.matchCase} hint="Spaces never do." />
      </>
    );
  }
  if (kind === "numeric") {
    const known = held(kind);
    return (
      <div className="teach-pair">
        <Field label="Value" name="value" required inputMode="decimal" pattern="-?[0-9]+(\.[0-9]+)?" defaultValue={known?.value} />
        <Field label="Tolerance" name="tolerance" inputMode="decimal" pattern="[0-9]+(\.[0-9]+)?" defaultValue={known?.tolerance ?? "0"} />
        <Select label="Tolerance is" name="toleranceIn" options={TOLERANCES} defaultValue={known?.toleranceIn} />
        <Field label="Unit" name="unit" maxLength={40} defaultValue={known?.unit} hint="Shown behind the field." />
      </div>
    );
  }
  const known = held("essay");
  return (
    <>
      <div className="teach-pair">
        <Field label="Words, at least" name="minWords" type="number" min={0} max={20_000} defaultValue={known?.minWords ?? 0} />
        <Field label="Words, at most" name="maxWords" type="number" min={1} max={20_000} defaultValue={known?.maxWords ?? ""} />
      </div>
      <TextArea label="For those who mark it" name="guidance" rows={3} defaultValue={known?.guidance} hint="Learners never see it." />
    </>
  );
}
