import { isProblem } from "@/api/client";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { TextArea } from "@/components/text-area";
import { text, useForm, type Form } from "@/lib/use-form";
import { changeCourse, getCourse, type Course, type CoursePatch } from "../api/courses";
import { SaveLine } from "../save-line";
import { Stale } from "../stale";
import { unlessStale } from "../unless-stale";
import { LEVELS, lines } from "../words";

const facts = ({ title, slug, summary, description, language, level, category, tags, outcomes, price }: Course): CoursePatch => ({
  title,
  slug,
  summary,
  description,
  language,
  level,
  category,
  tags,
  outcomes,
  price: { amount: price.amount, currency: price.currency },
});

function filled(data: FormData): CoursePatch {
  return {
    title: text(data, "title"),
    slug: text(data, "slug"),
    summary: text(data, "summary"),
    description: text(data, "description"),
    language: text(data, "language"),
    level: text(data, "level") as Course["level"],
    category: text(data, "category"),
    tags: lines(text(data, "tags").replaceAll(",", "\n")),
    outcomes: lines(text(data, "outcomes")),
    price: { amount: text(data, "price.amount") || "0", currency: text(data, "price.currency").toUpperCase() },
  };
}

interface FormProps {
  course: Course;
  onSaved: (course: Course) => void;
  /** Throws away what was typed. */
  onNewest: () => Promise<void>;
}

/** The facts of a course as one form. */
export function FactsForm({ course, onSaved, onNewest }: FormProps) {
  const form = useForm(async (data) => {
    const wanted = filled(data);
    const write = (base: Course) => changeCourse(base, wanted);
    onSaved(await unlessStale(course, write, () => getCourse(course.id), facts));
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label="Facts">
      <h2>Facts</h2>
      <fieldset className="teach-form" disabled={!course.mine?.permissions.includes("edit")}>
        <legend className="visually-hidden">What the catalogue says</legend>
        <Texts course={course} form={form} />
        <div className="teach-pair">
          <Select label="Level" name="level" defaultValue={course.level} options={LEVELS} error={form.fieldError("level")} />
          <Field
            label="Language"
            name="language"
            defaultValue={course.language}
            required
            maxLength={35}
            error={form.fieldError("language")}
            hint="Its tag, as en or pt-BR."
          />
          <Field label="Category" name="category" defaultValue={course.category} maxLength={80} error={form.fieldError("category")} />
          <Field label="Tags" name="tags" defaultValue={course.tags.join(", ")} error={form.fieldError("tags")} hint="With commas between." />
          <Field
            label="Price"
            name="price.amount"
            inputMode="decimal"
            defaultValue={course.price.amount}
            pattern="[0-9]+(\.[0-9]+)?"
            error={form.fieldError("price.amount")}
            hint="0: everybody may enrol."
          />
          <Field
            label="Currency"
            name="price.currency"
            defaultValue={course.price.currency}
            required
            pattern="[A-Za-z]{3}"
            error={form.fieldError("price.currency")}
            hint="Three letters, as EUR."
          />
        </div>
        {isProblem(form.error, "request.stale") ? <Stale what="the facts" onNewest={onNewest} /> : <ErrorNotice error={form.error} />}
        <SaveLine form={form} />
      </fieldset>
    </form>
  );
}

function Texts({ course, form }: { course: Course; form: Form }) {
  return (
    <>
      <Field label="Title" name="title" defaultValue={course.title} required maxLength={200} error={form.fieldError("title")} />
      <Field
        label="Address"
        name="slug"
        defaultValue={course.slug}
        required
        pattern="[a-z0-9]+(-[a-z0-9]+)*"
        error={form.fieldError("slug")}
        hint={`What comes behind ${location.host}/courses/: small letters, digits and hyphens.`}
      />
      <Field label="Summary" name="summary" defaultValue={course.summary} maxLength={500} error={form.fieldError("summary")} />
      <TextArea
        label="Description"
        name="description"
        rows={8}
        defaultValue={course.description}
        maxLength={20_000}
        error={form.fieldError("description")}
        hint="Markdown."
      />
      <TextArea
        label="What learners will be able to do"
        name="outcomes"
        rows={4}
        defaultValue={course.outcomes.join("\n")}
        error={form.fieldError("outcomes")}
        hint="A line for each."
      />
    </>
  );
}
