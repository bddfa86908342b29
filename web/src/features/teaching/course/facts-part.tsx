import { useState } from "react";
import { getCourse, type Course } from "../api/courses";
import { Before } from "./before";
import { Cover } from "./cover";
import { FactsForm } from "./facts-form";

/** What the catalogue tells of the course. */
export function FactsPart({ course, onChanged }: { course: Course; onChanged: () => void }) {
  // What the form began with: a newer course under it would let one overwrite what one has not seen.
  const [base, setBase] = useState(course);
  const [version, setVersion] = useState(0);
  const begin = (newest: Course) => {
    setBase(newest);
    onChanged();
  };
  const loadNewest = async () => {
    begin(await getCourse(course.id));
    setVersion(version + 1);
  };
  return (
    <>
      <FactsForm key={version} course={base} onSaved={begin} onNewest={loadNewest} />
      <Before course={course} onChanged={onChanged} />
      <Cover courseId={course.id} onChanged={onChanged} />
    </>
  );
}
