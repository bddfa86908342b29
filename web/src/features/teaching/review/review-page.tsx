import { useState } from "react";
import { MoreButton } from "@/components/more-button";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { TextArea } from "@/components/text-area";
import { age, plural } from "@/lib/format";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { usePages } from "@/lib/use-pages";
import { useTitle } from "@/lib/use-title";
import type { CourseCard } from "../api/courses";
import { approveCourse, listInReview, rejectCourse } from "../api/review";
import { Refusal } from "../refusal";
import "../teaching.css";

/** What waits for an admin to say yes or no. */
export default function ReviewPage() {
  useTitle("Reviews");
  const courses = usePages(listInReview);
  return (
    <div className="teach">
      <header className="teach-head">
        <div>
          <Link href="/teach">My courses</Link>
          <h1>Reviews</h1>
        </div>
      </header>
      {!courses.loaded && <Loading what="the courses" />}
      {courses.loaded && !courses.error && courses.items.length === 0 && (
        <Empty title="Nothing waits">
          <p>Courses that are submitted will appear here.</p>
        </Empty>
      )}
      <ul className="teach-list">
        {courses.items.map((course) => (
          <Waiting key={course.id} course={course} onDone={courses.reload} />
        ))}
      </ul>
      <MoreButton pages={courses} />
    </div>
  );
}

function Waiting({ course, onDone }: { course: CourseCard; onDone: () => void }) {
  const { busy, error, run } = useAction();
  const [refusing, setRefusing] = useState(false);
  const form = useForm(async (data) => {
    await rejectCourse(course.id, text(data, "note"));
    onDone();
  });
  const approve = () => run(async () => (await approveCourse(course.id), onDone()));
  return (
    <li className="panel teach-card">
      <div className="teach-head">
        <div>
          <h2>
            <Link href={`/courses/${course.slug}`}>{course.title}</Link>
          </h2>
          <p className="teach-note">
            {course.owner.displayName} · {plural(course.lessonCount, "lesson")} · changed {age(course.updatedAt)}
          </p>
        </div>
        <p className="teach-acts">
          <button type="button" className="button primary" disabled={busy} onClick={() => void approve()}>
            Approve
          </button>
          <button type="button" className="button" aria-expanded={refusing} onClick={() => setRefusing(!refusing)}>
            Give back
          </button>
        </p>
      </div>
      <Refusal courseId={course.id} error={error} />
      {refusing && (
        <form className="teach-form" onSubmit={form.onSubmit} aria-label={`Give back ${course.title}`}>
          <TextArea label="What is to be better" name="note" required rows={4} error={form.fieldError("note")} hint="The authors read it." />
          <ErrorNotice error={form.error} />
          <p className="teach-acts">
            <button type="submit" className="button" disabled={form.busy}>
              Give it back with this note
            </button>
          </p>
        </form>
      )}
    </li>
  );
}
