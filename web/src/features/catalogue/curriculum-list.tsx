import { Icon } from "@/components/icon";
import { plural } from "@/lib/format";
import { Link } from "@/lib/router";
import type { CurriculumModule, LessonCard } from "./api/get-curriculum";
import { KINDS, lessonLength, lockOf, openingAfter } from "./words";

function Row({ lesson }: { lesson: LessonCard }) {
  const kind = KINDS[lesson.kind];
  return (
    <li className={lesson.locked ? "lesson-row lesson-row-locked" : "lesson-row"}>
      <Icon name={lesson.locked ? "lock" : kind.icon} />
      <span className="lesson-row-title">
        <span className="visually-hidden">{kind.name}: </span>
        {lesson.locked ? lesson.title : <Link href={`/lessons/${lesson.id}`}>{lesson.title}</Link>}
        {lesson.preview && <span className="lesson-preview">Preview</span>}
        {lesson.locked && <Lock lesson={lesson} />}
      </span>
      <span className="lesson-length">{lessonLength(lesson)}</span>
    </li>
  );
}

/** What all of them wait for is said above them; the eye is told what differs. */
function Lock({ lesson }: { lesson: LessonCard }) {
  const plain = lesson.lockedReason === "not_enrolled" && !lesson.opensAt && !lesson.opensAfterDays;
  return <span className={plain ? "visually-hidden" : "lesson-note"}>{lockOf(lesson)}</span>;
}

/** What the marks mean, where there are any. */
function Legend({ lessons }: { lessons: readonly LessonCard[] }) {
  if (!lessons.some((lesson) => lesson.lockedReason === "not_enrolled")) return null;
  const previews = lessons.filter((lesson) => lesson.preview).length;
  const open = previews > 0 ? ` ${plural(previews, "preview is", "previews are")} open to everyone.` : "";
  return <p>The lessons open when you enrol.{open}</p>;
}

/** Modules and their lessons; what is not open for the reader is named, but leads nowhere. */
export function CurriculumList({ modules }: { modules: readonly CurriculumModule[] }) {
  if (modules.length === 0) return null;
  return (
    <section className="curriculum">
      <h2>Curriculum</h2>
      <Legend lessons={modules.flatMap((module) => module.lessons)} />
      {modules.map((module) => (
        <section key={module.id} className="panel curriculum-module" aria-labelledby={`module-${module.id}`}>
          <h3 id={`module-${module.id}`}>{module.title}</h3>
          {module.summary && <p>{module.summary}</p>}
          {module.opensAfterDays && module.lessons.some((lesson) => lesson.lockedReason === "not_enrolled") ? (
            <p>{openingAfter(module.opensAfterDays)}</p>
          ) : null}
          <ol>
            {module.lessons.map((lesson) => (
              <Row key={lesson.id} lesson={lesson} />
            ))}
          </ol>
        </section>
      ))}
    </section>
  );
}
