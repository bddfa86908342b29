import { Link } from "@/lib/router";
import { plural } from "@/lib/format";
import type { CourseCard } from "./api/list-courses";
import { LEVELS, priceOf } from "./words";

/** A course in a list. */
export function Card({ course }: { course: CourseCard }) {
  return (
    <li className="panel course-card">
      {course.coverUrl ? <img src={course.coverUrl} alt="" loading="lazy" /> : <div className="course-cover" aria-hidden="true" />}
      <div className="course-card-text">
        <h2>
          <Link href={`/courses/${course.slug}`}>{course.title}</Link>
        </h2>
        <p>{course.summary}</p>
        <p className="course-facts">
          <span>{LEVELS[course.level]}</span>
          <span>{plural(course.lessonCount, "lesson")}</span>
          <span className="course-price">{priceOf(course)}</span>
        </p>
      </div>
    </li>
  );
}
