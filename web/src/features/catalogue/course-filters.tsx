import { useEffect, useId, useRef, type ChangeEvent, type FormEvent, type Ref } from "react";
import { Foldable } from "@/components/foldable";
import { Select } from "@/components/select";
import { languageName } from "@/lib/languages";
import { Link, navigate } from "@/lib/router";
import { text } from "@/lib/use-form";
import type { CourseCard, Filters } from "./api/list-courses";
import { addressOf, CHOICES, filtersOf, narrows } from "./filters";

const LANGUAGES = ["en", "ar", "de", "es", "fr", "hi", "it", "ja", "nl", "pl", "pt", "tr", "uk", "zh"];

/** Languages to choose from: those that many speak, those of the courses at hand, and the chosen one. */
function languages(courses: readonly CourseCard[], chosen: string | undefined): [string, string][] {
  const tags = new Set([...LANGUAGES, ...courses.map((course) => course.language), ...(chosen ? [chosen] : [])]);
  const named = [...tags].map((tag): [string, string] => [tag, languageName(tag)]);
  return [["", "Any language"], ...named.toSorted(([, a], [, b]) => a.localeCompare(b))];
}

interface FiltersProps {
  filters: Filters;
  /** What is shown at the moment: tells which categories there are. */
  courses: readonly CourseCard[];
}

/** A text of the address in a field, also when one goes back to it. */
function useShown(value: string) {
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (field.current) field.current.value = value;
  }, [value]);
  return field;
}

function Words({ field, shown }: { field: Ref<HTMLInputElement>; shown: string | undefined }) {
  return (
    <div className="catalogue-search">
      <input
        ref={field}
        name="q"
        type="search"
        defaultValue={shown}
        maxLength={200}
        aria-label="Search courses"
        placeholder="Search courses"
      />
      <button type="submit" className="button primary">
        Search
      </button>
    </div>
  );
}

/** Words and narrowings of the catalogue; each change is an address of its own. */
export function CourseFilters({ filters, courses }: FiltersProps) {
  const list = useId();
  const [words, category] = [useShown(filters.q ?? ""), useShown(filters.category ?? "")];
  const apply = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    navigate(addressOf({ ...filters, q: text(data, "q"), category: text(data, "category") }));
  };
  const choose = (name: keyof Filters) => (event: ChangeEvent<HTMLSelectElement>) => {
    const chosen = filtersOf(new URLSearchParams({ [name]: event.target.value }));
    navigate(addressOf({ ...filters, [name]: chosen[name] }));
  };
  const categories = [...new Set(courses.map((course) => course.category).filter(Boolean))].toSorted();

  return (
    <form className="catalogue-find" role="search" onSubmit={apply}>
      <Words field={words} shown={filters.q} />
      <Foldable label="Filters" icon="gear">
        <div className="catalogue-filters">
          <div className="field">
            <label htmlFor={`${list}-field`}>Category</label>
            <input
              id={`${list}-field`}
              ref={category}
              name="category"
              list={list}
              defaultValue={filters.category}
              maxLength={60}
              placeholder="Any category"
            />
            <datalist id={list}>
              {categories.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </datalist>
          </div>
          <Select label="Level" options={CHOICES.level} value={filters.level ?? ""} onChange={choose("level")} />
          <Select
            label="Language"
            options={languages(courses, filters.language)}
            value={filters.language ?? ""}
            onChange={choose("language")}
          />
          <Select label="Price" options={CHOICES.price} value={filters.price ?? ""} onChange={choose("price")} />
          <Select label="Order" options={CHOICES.sort} value={filters.sort ?? "newest"} onChange={choose("sort")} />
        </div>
      </Foldable>
      {narrows(filters) && (
        <p className="catalogue-narrowed">
          {filters.tag && <span className="course-tag">{filters.tag}</span>}
          <Link href={addressOf({ sort: filters.sort })}>Show all courses</Link>
        </p>
      )}
    </form>
  );
}
