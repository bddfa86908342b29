import { useCallback } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Prose } from "@/components/prose";
import { plural } from "@/lib/format";
import { languageName } from "@/lib/languages";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourseBySlug, type Course } from "./api/get-course";
import { getCurriculum } from "./api/get-curriculum";
import { Cover } from "./cover";
import { CurriculumList } from "./curriculum-list";
import { EnrolBox } from "./enrol-box";
import { addressOf } from "./filters";
import { LEVELS, lengthOf } from "./words";
import "./catalogue.css";
import "./course.css";

/** What a course is about, what it is made of, and the way in. */
export default function CoursePage({ slug, user }: { slug: string; user: User | null }) {
  const load = useCallback(
    async (signal: AbortSignal) => {
      const course = await getCourseBySlug(slug, signal);
      return { course, curriculum: await getCurriculum(course.id, signal) };
    },
    [slug],
  );
  const { data, error, reload } = useResource(load);
  useTitle(data?.course.title ?? "Course");
  if (!data && error instanceof Problem && error.status === 404) return <Missing />;
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the course" />;
  const { course, curriculum } = data;
  return (
    <article className="course">
      <Head course={course} />
      <aside className="panel course-side">
        <Cover course={course} />
        <EnrolBox course={course} curriculum={curriculum} user={user} onEnrolled={reload} />
      </aside>
      <div className="course-main">
        <Outcomes course={course} />
        <Before course={course} />
        {course.descriptionHtml && (
          <div lang={course.language}>
            <Prose html={course.descriptionHtml} />
          </div>
        )}
        <CurriculumList modules={curriculum.modules} />
        <Teachers course={course} />
      </div>
    </article>
  );
}

const STATES: Readonly<Partial<Record<Course["state"], string>>> = {
  draft: "A draft: only those who teach it see it.",
  in_review: "In review: only those who teach it see it.",
  archived: "No longer in the catalogue. Who is enrolled keeps it.",
};

function Head({ course }: { course: Course }) {
  return (
    <header className="course-head">
      {STATES[course.state] && <p className="course-state">{STATES[course.state]}</p>}
      {course.review?.takenDownReason && <p className="course-state">An admin took it down: {course.review.takenDownReason}</p>}
      {course.category && (
        <p className="course-category">
          <Link href={addressOf({ category: course.category })}>{course.category}</Link>
        </p>
      )}
      <h1 lang={course.language}>{course.title}</h1>
      <p className="course-summary" lang={course.language}>{course.summary}</p>
      <p className="course-facts">
        <span>{LEVELS[course.level]}</span>
        <span>{plural(course.lessonCount, "lesson")}</span>
        {course.durationS > 0 && <span>{lengthOf(course.durationS)}</span>}
        <span>{languageName(course.language)}</span>
      </p>
      {course.tags.length > 0 && (
        <ul className="course-tags" aria-label="Tags">
          {course.tags.map((tag) => (
            <li key={tag}>
              <Link className="course-tag" href={addressOf({ tag })}>
                {tag}
              </Link>
            </li>
          ))}
        </ul>
      )}
    </header>
  );
}

function Outcomes({ course }: { course: Course }) {
  if (course.outcomes.length === 0) return null;
  return (
    <section>
      <h2>What you will be able to do</h2>
      <ul className="course-outcomes">
        {course.outcomes.map((outcome) => (
          <li key={outcome}>{outcome}</li>
        ))}
      </ul>
    </section>
  );
}

function Before({ course }: { course: Course }) {
  if (course.prerequisites.length === 0) return null;
  return (
    <section>
      <h2>What comes before</h2>
      <ul className="course-before">
        {course.prerequisites.map(({ id, slug, title }) => (
          <li key={id}>
            <Link href={`/courses/${slug}`}>{title}</Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Teachers({ course }: { course: Course }) {
  const all = [course.owner, ...course.instructors.filter(({ id }) => id !== course.owner.id)];
  return (
    <section>
      <h2>{all.length === 1 ? "Who teaches it" : "Who teach it"}</h2>
      <ul className="course-teachers">
        {all.map((teacher) => (
          <li key={teacher.id}>
            {teacher.avatarUrl ? (
              <img src={teacher.avatarUrl} alt="" loading="lazy" />
            ) : (
              <span className="course-initial" aria-hidden="true">
                {teacher.displayName.slice(0, 1).toUpperCase()}
              </span>
            )}
            <span>
              <strong>{teacher.displayName}</strong>
              {teacher.headline && <small>{teacher.headline}</small>}
            </span>
          </li>
        ))}
      </ul>
    </section>
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
