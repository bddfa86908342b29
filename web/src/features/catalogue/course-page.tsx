import { useCallback } from "react";
import { Problem } from "@/api/problem";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Prose } from "@/components/prose";
import { plural } from "@/lib/format";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourse, type Course } from "./api/get-course";
import { CurriculumList } from "./curriculum-list";
import { LEVELS, lengthOf, priceOf } from "./words";
import "./catalogue.css";

/** What a course is about, and what it is made of. */
export default function CoursePage({ slug }: { slug: string }) {
  const load = useCallback((signal: AbortSignal) => getCourse(slug, signal), [slug]);
  const { data, error } = useResource(load);
  useTitle(data?.course.title ?? "Course");
  if (!data && error instanceof Problem && error.status === 404) return <Missing />;
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the course" />;
  const { course, curriculum } = data;
  return (
    <article className="course">
      <Head course={course} />
      {course.outcomes.length > 0 && (
        <section>
          <h2>What you will be able to do</h2>
          <ul className="course-outcomes">
            {course.outcomes.map((outcome) => (
              <li key={outcome}>{outcome}</li>
            ))}
          </ul>
        </section>
      )}
      <Prose html={course.descriptionHtml} />
      <CurriculumList modules={curriculum.modules} />
    </article>
  );
}

function Head({ course }: { course: Course }) {
  return (
    <header className="course-head">
      {course.coverUrl && <img src={course.coverUrl} alt="" />}
      <h1>{course.title}</h1>
      <p className="course-summary">{course.summary}</p>
      <p className="course-facts">
        <span>{course.owner.displayName}</span>
        <span>{LEVELS[course.level]}</span>
        <span>{plural(course.lessonCount, "lesson")}</span>
        {course.durationS > 0 && <span>{lengthOf(course.durationS)}</span>}
        <span className="course-price">{priceOf(course)}</span>
      </p>
    </header>
  );
}

function Missing() {
  return (
    <Empty title="There is no such course">
      <Link href="/courses" className="button">
        Look at the courses
      </Link>
    </Empty>
  );
}
