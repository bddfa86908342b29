import { Link } from "@/lib/router";
import { plural } from "@/lib/format";
import type { CourseCard } from "./api/list-courses";
import { Cover } from "./cover";
import { LEVELS, lengthOf, priceOf } from "./words";

/** A course in a list. */
export function Card({ course }: { course: CourseCard }) {
  return (
    <li className="panel course-card">
      <Cover course={course} lazy />
      <div className="course-card-text">
        {course.category && <p className="course-category">{course.category}</p>}
        <h2>
          <Link href={`/courses/${course.slug}`}>{course.title}</Link>
        </h2>
        <p className="course-card-summary">{course.summary}</p>
        <p className="course-facts">
          <span>{LEVELS[course.level]}</span>
          <span>{plural(course.lessonCount, "lesson")}</span>
          {course.durationS > 0 && <span>{lengthOf(course.durationS)}</span>}
          <span className="course-price">{priceOf(course)}</span>
        </p>
      </div>
    </li>
  );
}
