import type { CSSProperties } from "react";

/** The same title always gets the same colour. */
const hueOf = (title: string): number => [...title].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) % 360, 7);

/** The picture of a course, or a calm one of our own. */
export function Cover({ course, lazy = false }: { course: { title: string; coverUrl: string | null }; lazy?: boolean }) {
  if (course.coverUrl) return <img className="course-cover" src={course.coverUrl} alt="" loading={lazy ? "lazy" : "eager"} />;
  const style = { "--hue": hueOf(course.title) } as CSSProperties;
  return (
    <div className="course-cover course-cover-drawn" style={style} aria-hidden="true">
      {course.title.trim().slice(0, 1).toUpperCase()}
    </div>
  );
}
