import { useState } from "react";
import { Field } from "@/components/field";
import { Select } from "@/components/select";
import { text } from "@/lib/use-form";
import { localMoment } from "./moments";
import type { Opens } from "./words";

const WHEN = [
  ["now", "At once"],
  ["date", "At a date"],
  ["days", "Days after enrolment"],
] as const;

/** When it opens, as the form says it. */
export function openingOf(data: FormData): Opens {
  const [moment, days] = [text(data, "opensAt"), text(data, "opensAfterDays")];
  return { opensAt: moment ? new Date(moment).toISOString() : null, opensAfterDays: days ? Number(days) : null };
}

/** From when on learners see a lesson, or those of a module. */
export function Opening({ of, fieldError }: { of: Opens; fieldError: (name: string) => string | undefined }) {
  const begins = of.opensAt ? "date" : "days";
  const [when, setWhen] = useState<string>(of.opensAt === null && of.opensAfterDays === null ? "now" : begins);
  return (
    <>
      <Select label="Opens" value={when} onChange={(event) => setWhen(event.target.value)} options={WHEN} />
      {when === "date" && (
        <Field
          label="Date"
          name="opensAt"
          type="datetime-local"
          required
          defaultValue={localMoment(of.opensAt)}
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
          defaultValue={of.opensAfterDays ?? ""}
          error={fieldError("opensAfterDays")}
        />
      )}
    </>
  );
}
