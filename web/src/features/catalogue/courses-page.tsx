import { useCallback, useMemo } from "react";
import { MoreButton } from "@/components/more-button";
import { Empty, Loading } from "@/components/notice";
import { plural } from "@/lib/format";
import { useSearch } from "@/lib/router";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { listCourses } from "./api/list-courses";
import { Card } from "./course-card";
import { CourseFilters } from "./course-filters";
import { filtersOf, narrows } from "./filters";
import "./catalogue.css";

/** The catalogue: what is published. What is looked for is in the address, so that it can be kept and shared. */
export default function CoursesPage() {
  useTitle("Courses");
  const search = useSearch();
  const filters = useMemo(() => filtersOf(search), [search]);
  const load = useCallback((cursor: string | undefined, signal: AbortSignal) => listCourses(filters, cursor, signal), [filters]);
  const courses = usePages(load);
  const narrowed = narrows(filters);

  return (
    <div className="catalogue">
      <h1>Courses</h1>
      <CourseFilters filters={filters} courses={courses.items} />
      {!courses.loaded && <Loading what="the courses" />}
      {courses.loaded && !courses.error && courses.items.length === 0 && (
        <Empty title={narrowed ? "No course fits" : "No courses yet"}>
          <p>{narrowed ? "Try fewer or other words." : "What is published will appear here."}</p>
        </Empty>
      )}
      <p className="visually-hidden" role="status">
        {courses.busy ? "" : `${plural(courses.items.length, "course")} shown${courses.more ? ", and there are more" : ""}`}
      </p>
      <ul className="course-cards" aria-busy={courses.busy}>
        {courses.items.map((course) => (
          <Card key={course.id} course={course} />
        ))}
      </ul>
      <MoreButton pages={courses} />
    </div>
  );
}
