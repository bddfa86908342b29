import { useState } from "react";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import type { Assignment } from "../api/assignments";
import { localMoment } from "../moments";

const WHEN = [
  ["never", "Never"],
  ["date", "At a date"],
  ["days", "Days after enrolment"],
] as const;

/** Until when work is taken. */
export function Due({ assignment, fieldError }: { assignment: Assignment; fieldError: (name: string) => string | undefined }) {
  const kept = assignment.dueAt ? "date" : "days";
  const [due, setDue] = useState<string>(assignment.dueAt === null && assignment.dueDays === null ? "never" : kept);
  return (
    <>
      <Select label="Due" name="due" value={due} onChange={(event) => setDue(event.target.value)} options={WHEN} />
      {due === "date" && (
        <Field
          label="Date"
          name="dueAt"
          type="datetime-local"
          required
          defaultValue={localMoment(assignment.dueAt)}
          error={fieldError("dueAt")}
          hint="In your own time zone."
        />
      )}
      {due === "days" && (
        <Field
          label="Days"
          name="dueDays"
          type="number"
          required
          min={0}
          defaultValue={assignment.dueDays ?? ""}
          error={fieldError("dueDays")}
        />
      )}
      <Field
        label="Days it is taken late"
        name="acceptDays"
        type="number"
        min={0}
        max={365}
        defaultValue={assignment.late.acceptDays}
        error={fieldError("late.acceptDays")}
      />
      <Field
        label="Percent off per late day"
        name="penalty"
        type="number"
        min={0}
        max={100}
        defaultValue={assignment.late.penaltyPercentPerDay}
        error={fieldError("late.penaltyPercentPerDay")}
      />
    </>
  );
}
