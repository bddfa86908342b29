import { useState } from "react";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import { useForm } from "@/lib/use-form";
import type { NewQuestion, Question } from "../api/quizzes";
import { Faults } from "../faults";
import { ContentFields } from "./content-fields";
import { KINDS, questionOf, type Content, type Kind } from "./content";

interface FormProps {
  /** What is changed; a new one otherwise. */
  question?: Question;
  onSave: (question: NewQuestion) => Promise<void>;
  onClose: () => void;
}

/** A question with its answers. */
export function QuestionForm({ question, onSave, onClose }: FormProps) {
  const [kind, setKind] = useState<Kind>(question?.content.kind ?? "single_choice");
  const form = useForm(async (data) => {
    await onSave(questionOf(data, kind));
    onClose();
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label={question ? "Question" : "New question"}>
      {!question && (
        <Select label="Kind of question" value={kind} onChange={(event) => setKind(event.target.value as Kind)} options={KINDS} />
      )}
      <TextArea
        label="Question"
        name="prompt"
        rows={3}
        required
        defaultValue={question?.prompt}
        error={form.fieldError("prompt")}
        hint="Markdown."
      />
      <ContentFields key={kind} kind={kind} content={question?.content as Content | undefined} />
      <Marks question={question} fieldError={form.fieldError} />
      <details>
        <summary>Feedback</summary>
        <div className="teach-form">
          <Field label="When it is right" name="feedback.right" maxLength={2000} defaultValue={question?.feedback.right} />
          <Field label="When it is wrong" name="feedback.wrong" maxLength={2000} defaultValue={question?.feedback.wrong} />
          <Field label="In any case" name="feedback.general" maxLength={2000} defaultValue={question?.feedback.general} />
        </div>
      </details>
      <Faults error={form.error} />
      <p className="teach-acts">
        <button type="submit" className="button primary" disabled={form.busy}>
          Save the question
        </button>
        <button type="button" className="button" onClick={onClose}>
          Cancel
        </button>
      </p>
    </form>
  );
}

function Marks({ question, fieldError }: { question: Question | undefined; fieldError: (name: string) => string | undefined }) {
  const decimal = { inputMode: "decimal", pattern: "[0-9]{1,6}(\\.[0-9]{1,2})?" } as const;
  return (
    <div className="teach-pair">
      <Field label="Points" name="points" required {...decimal} defaultValue={question?.points ?? "1"} error={fieldError("points")} />
      <Field
        label="Taken off when wrong"
        name="penalty"
        {...decimal}
        defaultValue={question?.penalty ?? "0"}
        error={fieldError("penalty")}
        hint="Where the quiz marks negatively."
      />
      <Field
        label="Pool"
        name="pool"
        maxLength={40}
        defaultValue={question?.pool ?? ""}
        error={fieldError("pool")}
        hint="Empty: it is always asked."
      />
      <Field
        label="Second of the video"
        name="atS"
        type="number"
        min={0}
        step="any"
        defaultValue={question?.atS ?? ""}
        error={fieldError("atS")}
        hint="Asks it at that moment of the lesson's video."
      />
    </div>
  );
}
