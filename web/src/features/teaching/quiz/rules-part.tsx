import { useState } from "react";
import { isProblem } from "@/api/client";
import type { schemas } from "@/api/schema";
import { Checkbox } from "@/components/checkbox";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import { text, useForm } from "@/lib/use-form";
import { changeQuiz, getQuiz, type Quiz, type QuizPatch } from "../api/quizzes";
import { Faults } from "../faults";
import { SaveLine } from "../save-line";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";
import { lines } from "../words";

type Rules = schemas["QuizRules"];

const FEEDBACK = [
  ["after", "After the attempt"],
  ["immediately", "With each answer"],
  ["never", "Never"],
] as const satisfies readonly (readonly [NonNullable<Rules["feedback"]>, string])[];

const facts = ({ title, instructions, rules }: Quiz) => ({ title, instructions, rules });
const whole = (data: FormData, name: string, each = 1) => (text(data, name) ? Math.round(Number(text(data, name)) * each) : null);

/** "week 1: 3" says that three are drawn from the pool "week 1". */
function poolOf(line: string): schemas["Pool"] {
  const at = line.lastIndexOf(":");
  return at < 0 ? { name: line, pick: 1 } : { name: line.slice(0, at).trim(), pick: Number(line.slice(at + 1)) || 1 };
}

function filled(data: FormData): QuizPatch {
  return {
    title: text(data, "title"),
    instructions: text(data, "instructions"),
    rules: {
      timeLimitS: whole(data, "minutes", 60),
      attempts: whole(data, "attempts"),
      passPercent: whole(data, "passPercent") ?? 50,
      feedback: text(data, "feedback") as NonNullable<Rules["feedback"]>,
      pools: lines(text(data, "pools")).map(poolOf),
      shuffleQuestions: data.has("shuffleQuestions"),
      shuffleChoices: data.has("shuffleChoices"),
      negativeMarking: data.has("negativeMarking"),
      showAnswers: data.has("showAnswers"),
    },
  };
}

/** How a quiz is taken. */
export function RulesPart({ quiz, onChanged }: { quiz: Quiz; onChanged: () => void }) {
  const [base, setBase] = useState(quiz);
  const [version, setVersion] = useState(0);
  const begin = (newest: Quiz) => (setBase(newest), onChanged());
  const loadNewest = async () => {
    begin(await getQuiz(quiz.id));
    setVersion(version + 1);
  };
  return <RulesForm key={version} quiz={base} onSaved={begin} onNewest={loadNewest} />;
}

function Switches({ rules }: { rules: Quiz["rules"] }) {
  return (
    <>
      <Checkbox
        label="Shuffle the questions"
        name="shuffleQuestions"
        defaultChecked={rules.shuffleQuestions}
        hint="Anew for each attempt."
      />
      <Checkbox label="Shuffle the choices" name="shuffleChoices" defaultChecked={rules.shuffleChoices} hint="Anew for each attempt." />
      <Checkbox
        label="Mark negatively"
        name="negativeMarking"
        defaultChecked={rules.negativeMarking}
        hint="Wrong answers take points off; a quiz never has less than nothing."
      />
      <Checkbox
        label="Show the right answers"
        name="showAnswers"
        defaultChecked={rules.showAnswers}
        hint="They come with the feedback."
      />
    </>
  );
}

function RulesForm({ quiz, onSaved, onNewest }: { quiz: Quiz; onSaved: (quiz: Quiz) => void; onNewest: () => Promise<void> }) {
  const { rules } = quiz;
  const form = useForm(async (data) => {
    const wanted = filled(data);
    onSaved(await unlessStale(quiz, (base) => changeQuiz(base, wanted), () => getQuiz(quiz.id), facts));
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label="Rules of the quiz">
      <h2>Rules</h2>
      <Field label="Title of the quiz" name="title" defaultValue={quiz.title} required maxLength={200} error={form.fieldError("title")} />
      <TextArea label="Instructions" name="instructions" rows={3} defaultValue={quiz.instructions} hint="Markdown." />
      <div className="teach-pair">
        <Field
          label="Minutes to take it"
          name="minutes"
          type="number"
          min={0.5}
          step={0.5}
          defaultValue={rules.timeLimitS === null ? "" : rules.timeLimitS / 60}
          hint="Empty: as long as one likes."
        />
        <Field
          label="Attempts"
          name="attempts"
          type="number"
          min={1}
          max={100}
          defaultValue={rules.attempts ?? ""}
          hint="Empty: as often as one likes."
        />
        <Field label="Percent to pass" name="passPercent" type="number" min={0} max={100} required defaultValue={rules.passPercent} />
        <Select label="Feedback" name="feedback" options={FEEDBACK} defaultValue={rules.feedback} />
      </div>
      <Switches rules={rules} />
      <TextArea
        label="Pools"
        name="pools"
        rows={2}
        defaultValue={(rules.pools as schemas["Pool"][]).map(({ name, pick }) => `${name}: ${pick}`).join("\n")}
        hint="A line for each: its name, a colon, and how many of its questions are drawn for an attempt."
      />
      {isProblem(form.error, "request.stale") ? <Stale what="this quiz" onNewest={onNewest} /> : <Faults error={form.error} />}
      <SaveLine form={form} />
    </form>
  );
}
