import { useCallback } from "react";
import { Problem } from "@/api/problem";
import type { User } from "@/api/types";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getCourse, type Course } from "../api/courses";
import type { Permission } from "../api/people";
import { STATES } from "../words";
import { CurriculumPart } from "../curriculum/curriculum-part";
import { FactsPart } from "./facts-part";
import { History } from "./history";
import { Instructors } from "./instructors";
import { Learners } from "./learners";
import { PublishBar } from "./publish-bar";
import { Tasks } from "./tasks";
import "../teaching.css";

const PARTS = [
  ["", "Facts"],
  ["curriculum", "Curriculum"],
  ["tasks", "Quizzes and assignments"],
  ["people", "Co-instructors"],
  ["learners", "Learners"],
  ["history", "Revisions and copies"],
] as const;

/** Parts that are there only for those who may do this. */
const NEEDS: Readonly<Record<string, Permission>> = { tasks: "edit", learners: "enrol" };

const may = ({ mine }: Course, permission: Permission | undefined) => !permission || mine?.permissions.includes(permission);

/** Everything about a course that its authors change. */
export default function TeachCoursePage({ courseId, part, user }: { courseId: string; part: string; user: User }) {
  const load = useCallback((signal: AbortSignal) => getCourse(courseId, signal), [courseId]);
  const { data: course, error, reload } = useResource(load);
  useTitle(course?.title ?? "Course");
  if (!course && error instanceof Problem && error.status === 404) return <Empty title="There is no such course" />;
  if (!course) return error ? <ErrorNotice error={error} /> : <Loading what="the course" />;
  return (
    <div className="teach">
      <Head course={course} />
      <PublishBar course={course} user={user} onChanged={reload} />
      <nav className="teach-tabs" aria-label="Parts of the course">
        {PARTS.filter(([name]) => may(course, NEEDS[name])).map(([name, title]) => (
          <Link key={name} href={name ? `/teach/${courseId}/${name}` : `/teach/${courseId}`}>
            {title}
          </Link>
        ))}
      </nav>
      {part === "" && <FactsPart course={course} onChanged={reload} />}
      {part === "curriculum" && <CurriculumPart courseId={course.id} />}
      {part === "tasks" && <Tasks courseId={course.id} />}
      {part === "people" && <Instructors courseId={course.id} choose={user.id === course.owner.id || user.roles.includes("admin")} />}
      {part === "learners" && <Learners courseId={course.id} />}
      {part === "history" && <History course={course} onChanged={reload} />}
      {!PARTS.some(([name]) => name === part) && <Empty title="A course has no such part" />}
    </div>
  );
}

function Head({ course }: { course: Course }) {
  return (
    <header className="teach-head">
      <div>
        <Link href="/teach">My courses</Link>
        <h1>{course.title}</h1>
      </div>
      <p className="teach-acts">
        <span className={`teach-state teach-state-${course.state}`}>{STATES[course.state]}</span>
        <Link href={`/courses/${course.slug}`} className="button">
          See it as learners do
        </Link>
      </p>
    </header>
  );
}
