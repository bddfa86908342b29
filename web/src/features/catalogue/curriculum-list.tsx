import { Link } from "@/lib/router";
import type { Curriculum, LessonCard } from "./api/get-course";
import { lengthOf } from "./words";

function Row({ lesson }: { lesson: LessonCard }) {
  const length = lengthOf(lesson.durationS ?? (lesson.minutes ?? 0) * 60);
  return (
    <li className="lesson-row">
      {lesson.locked ? <span>{lesson.title}</span> : <Link href={`/lessons/${lesson.id}`}>{lesson.title}</Link>}
      {lesson.preview && <span className="lesson-note">Preview</span>}
      {lesson.locked && <span className="lesson-note">{lesson.opensAt ? `Opens ${new Date(lesson.opensAt).toLocaleDateString()}` : "Locked"}</span>}
      <span className="lesson-length">{length}</span>
    </li>
  );
}

/** Modules and their lessons; what is not open for the reader is named, but leads nowhere. */
export function CurriculumList({ modules }: { modules: Curriculum["modules"] }) {
  if (modules.length === 0) return null;
  return (
    <section className="curriculum">
      <h2>Curriculum</h2>
      {modules.map((module) => (
        <section key={module.id} className="panel curriculum-module" aria-labelledby={`module-${module.id}`}>
          <h3 id={`module-${module.id}`}>{module.title}</h3>
          {module.summary && <p>{module.summary}</p>}
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
