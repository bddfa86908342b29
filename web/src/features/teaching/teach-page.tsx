import { useState } from "react";
import { Field } from "@/components/field";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { MoreButton } from "@/components/more-button";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { age, plural } from "@/lib/format";
import { Link, navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import { importCourse, type MadeCourse } from "./api/archive";
import { createCourse, listMyCourses, type CourseCard } from "./api/courses";
import { useOnce } from "./use-once";
import { Warnings } from "./warnings";
import { STATES } from "./words";
import "./teaching.css";

/** The courses that one teaches, and the ways to more of them. */
export default function TeachPage({ reviews }: { reviews: boolean }) {
  useTitle("Teach");
  const courses = usePages(listMyCourses);
  const [creating, setCreating] = useState(false);
  return (
    <div className="teach">
      <header className="teach-head">
        <h1>My courses</h1>
        <p className="teach-acts">
          <button type="button" className="button primary" aria-expanded={creating} onClick={() => setCreating(!creating)}>
            New course
          </button>
          {reviews && (
            <Link href="/teach/review" className="button">
              Reviews
            </Link>
          )}
        </p>
      </header>
      {creating && <NewCourse />}
      <Import />
      {!courses.loaded && <Loading what="your courses" />}
      {courses.loaded && !courses.error && courses.items.length === 0 && (
        <Empty title="No courses yet">
          <p>What you make, or teach along with somebody, will appear here.</p>
        </Empty>
      )}
      <ul className="teach-list">
        {courses.items.map((course) => (
          <Row key={course.id} course={course} />
        ))}
      </ul>
      <MoreButton pages={courses} />
    </div>
  );
}

function Row({ course }: { course: CourseCard }) {
  return (
    <li className="panel teach-row">
      <Link href={`/teach/${course.id}`}>{course.title}</Link>
      <span className={`teach-state teach-state-${course.state}`}>{STATES[course.state]}</span>
      <span className="teach-note">
        {plural(course.lessonCount, "lesson")} · changed {age(course.updatedAt)}
      </span>
    </li>
  );
}

function NewCourse() {
  const once = useOnce();
  const form = useForm(async (data) => {
    const body = { title: text(data, "title") };
    const course = await once(body, (headers) => createCourse(body, headers));
    navigate(`/teach/${course.id}`);
  });
  return (
    <form className="panel teach-card teach-form" onSubmit={form.onSubmit} aria-label="New course">
      <ErrorNotice error={form.error} />
      {/* oxlint-disable-next-line jsx-a11y/no-autofocus -- it has just been asked for */}
      <Field label="Title" name="title" required maxLength={200} autoFocus error={form.fieldError("title")} hint="It may change later." />
      <p className="teach-acts">
        <button type="submit" className="button primary" disabled={form.busy}>
          Create
        </button>
      </p>
    </form>
  );
}

function Import() {
  const { busy, error, run } = useAction();
  const [made, setMade] = useState<MadeCourse>();
  const bring = (file: File) =>
    run(async () => {
      const answer = await importCourse(file);
      if (answer.warnings.length === 0) navigate(`/teach/${answer.course.id}`);
      else setMade(answer);
    });
  return (
    <div className="teach-form">
      <p className="teach-acts">
        <FileButton accept=".zip,application/zip" disabled={busy} testId="import-input" onFile={(file) => void bring(file)}>
          <Icon name="upload" /> Import an archive
        </FileButton>
        <span role="status">{busy && "Being brought in…"}</span>
      </p>
      <ErrorNotice error={error} />
      {made && (
        <Warnings warnings={made.warnings}>
          <Link href={`/teach/${made.course.id}`}>{made.course.title}</Link> is there, but not all of it:
        </Warnings>
      )}
    </div>
  );
}
