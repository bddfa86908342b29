import { useMemo } from "react";
import type { User } from "@/api/types";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import { text, useForm } from "@/lib/use-form";
import { changeMe } from "./api/change-me";
import { Avatar } from "./avatar";
import { languages, timeZones } from "./choices";
import { Save, Section } from "./section";

/** What others see of one, and in which language and at which hour one is spoken to. */
export function Profile({ user }: { user: User }) {
  const zones = useMemo(() => timeZones(user.timeZone), [user.timeZone]);
  const tags = useMemo(() => languages(user.language), [user.language]);
  const form = useForm((data) =>
    changeMe({
      displayName: text(data, "displayName"),
      headline: text(data, "headline"),
      biography: text(data, "biography"),
      language: text(data, "language"),
      timeZone: text(data, "timeZone"),
    }),
  );
  const { fieldError } = form;
  return (
    <Section title="Profile" note="Learners see it beside what you teach.">
      <Avatar user={user} />
      <form className="account-fields" aria-label="Profile" onSubmit={form.onSubmit}>
        <ErrorNotice error={form.error} />
        <Field
          label="Name"
          name="displayName"
          autoComplete="name"
          defaultValue={user.displayName}
          required
          maxLength={120}
          error={fieldError("displayName")}
        />
        <Field
          label="Headline"
          name="headline"
          defaultValue={user.headline}
          maxLength={200}
          hint="One line below your name."
          error={fieldError("headline")}
        />
        <TextArea
          label="About you"
          name="biography"
          defaultValue={user.biography}
          maxLength={5000}
          error={fieldError("biography")}
        />
        <div className="account-pair">
          <Select label="Language" name="language" defaultValue={user.language} options={tags} error={fieldError("language")} />
          <Select label="Time zone" name="timeZone" defaultValue={user.timeZone} options={zones} error={fieldError("timeZone")} />
        </div>
        <Save busy={form.busy} said={form.done && "Saved."}>
          Save
        </Save>
      </form>
    </Section>
  );
}
