import { useCallback, type FormEvent } from "react";
import { MoreButton } from "@/components/more-button";
import { Empty, Loading } from "@/components/notice";
import { navigate, useSearch } from "@/lib/router";
import { text } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { listCourses } from "./api/list-courses";
import { Card } from "./course-card";
import "./catalogue.css";

function find(event: FormEvent<HTMLFormElement>): void {
  event.preventDefault();
  const wanted = text(new FormData(event.currentTarget), "q");
  navigate(wanted ? `/courses?${new URLSearchParams({ q: wanted }).toString()}` : "/courses");
}

/** The catalogue: what is published. What is looked for is in the address, so that it can be kept and shared. */
export default function CoursesPage() {
  useTitle("Courses");
  const search = useSearch();
  const [q, category] = [search.get("q") ?? "", search.get("category") ?? ""];
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listCourses({ q, category }, cursor, signal),
    [q, category],
  );
  const courses = usePages(load);

  return (
    <div className="catalogue">
      <h1>Courses</h1>
      <form className="catalogue-search" role="search" onSubmit={find}>
        <input key={q} name="q" type="search" defaultValue={q} maxLength={200} aria-label="Search courses" placeholder="Search courses" />
        <button type="submit" className="button">
          Search
        </button>
      </form>
      {!courses.loaded && <Loading what="the courses" />}
      {courses.loaded && !courses.error && courses.items.length === 0 && (
        <Empty title={q || category ? "No course fits" : "No courses yet"}>
          <p>{q || category ? "Try fewer or other words." : "What is published will appear here."}</p>
        </Empty>
      )}
      <ul className="course-cards" aria-busy={courses.busy}>
        {courses.items.map((course) => (
          <Card key={course.id} course={course} />
        ))}
      </ul>
      <MoreButton pages={courses} />
    </div>
  );
}
