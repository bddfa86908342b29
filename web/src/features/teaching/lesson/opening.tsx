import { useState } from "react";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { text } from "@/lib/use-form";
import type { Lesson } from "../api/lessons";
import { localMoment } from "../moments";

const WHEN = [
  ["now", "At once"],
  ["date", "At a date"],
  ["days", "Days after enrolment"],
] as const;

/** When a lesson opens, as the form says it. */
export function openingOf(data: FormData): { opensAt: string | null; opensAfterDays: number | null } {
  const [moment, days] = [text(data, "opensAt"), text(data, "opensAfterDays")];
  return { opensAt: moment ? new Date(moment).toISOString() : null, opensAfterDays: days ? Number(days) : null };
}

/** From when on learners see a lesson. */
export function Opening({ lesson, fieldError }: { lesson: Lesson; fieldError: (name: string) => string | undefined }) {
  const begins = lesson.opensAt ? "date" : "days";
  const [when, setWhen] = useState<string>(lesson.opensAt === null && lesson.opensAfterDays === null ? "now" : begins);
  return (
    <>
      <Select label="Opens" value={when} onChange={(event) => setWhen(event.target.value)} options={WHEN} />
      {when === "date" && (
        <Field
          label="Date"
          name="opensAt"
          type="datetime-local"
          required
          defaultValue={localMoment(lesson.opensAt)}
          error={fieldError("opensAt")}
          hint="In your own time zone."
        />
      )}
      {when === "days" && (
        <Field
          label="Days"
          name="opensAfterDays"
          type="number"
          required
          min={0}
          defaultValue={lesson.opensAfterDays ?? ""}
          error={fieldError("opensAfterDays")}
        />
      )}
    </>
  );
}
