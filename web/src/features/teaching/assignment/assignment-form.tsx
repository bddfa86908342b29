import { isProblem } from "@/api/client";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import { useForm } from "@/lib/use-form";
import { changeAssignment, getAssignment, type Assignment } from "../api/assignments";
import { Faults } from "../faults";
import { Parts } from "../parts";
import { SaveLine } from "../save-line";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";
import { Due } from "./due";
import { filled, levelLines } from "./filled";

const TAKES = [
  ["text", "A text"],
  ["file", "Files"],
  ["both", "A text and files"],
] as const;

const facts = (one: Assignment) =>
  [one.title, one.instructions, one.takes, one.maxFiles, one.maxPoints, one.rubric, one.dueAt, one.dueDays, one.late];

interface FormProps {
  assignment: Assignment;
  onSaved: (assignment: Assignment) => void;
  /** Throws away what was typed. */
  onNewest: () => Promise<void>;
}

/** What learners hand in, until when, and how it is marked. */
export function AssignmentForm({ assignment, onSaved, onNewest }: FormProps) {
  const form = useForm(async (data) => {
    const wanted = filled(data, assignment);
    onSaved(await unlessStale(assignment, (base) => changeAssignment(base, wanted), () => getAssignment(assignment.id), facts));
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label="Assignment">
      <h2>Assignment</h2>
      <Field
        label="Title of the assignment"
        name="title"
        required
        maxLength={200}
        defaultValue={assignment.title}
        error={form.fieldError("title")}
      />
      <TextArea label="Instructions" name="instructions" rows={8} defaultValue={assignment.instructions} hint="Markdown." />
      <div className="teach-pair">
        <Select label="Learners hand in" name="takes" options={TAKES} defaultValue={assignment.takes} />
        <Field
          label="Files, at most"
          name="maxFiles"
          type="number"
          min={1}
          required
          defaultValue={assignment.maxFiles}
          error={form.fieldError("maxFiles")}
        />
        <Field
          label="Points"
          name="maxPoints"
          inputMode="decimal"
          required
          pattern="[0-9]{1,6}(\.[0-9]{1,2})?"
          defaultValue={assignment.maxPoints}
          error={form.fieldError("maxPoints")}
        />
        <Due assignment={assignment} fieldError={form.fieldError} />
      </div>
      <Parts legend="Rubric" one="criterion" least={0} first={assignment.rubric}>
        {(criterion) => (
          <>
            <Field label="Criterion" name="part.title" required maxLength={200} defaultValue={criterion.title} />
            <TextArea
              label="Levels"
              name="part.levels"
              rows={3}
              required
              defaultValue={levelLines(criterion)}
              hint="A line for each: its points, a colon, its title."
            />
          </>
        )}
      </Parts>
      <p className="field-hint">The best levels of all criteria together are worth the points above. Without criteria it is marked freely.</p>
      {isProblem(form.error, "request.stale") ? <Stale what="this assignment" onNewest={onNewest} /> : <Faults error={form.error} />}
      <SaveLine form={form} />
    </form>
  );
}
