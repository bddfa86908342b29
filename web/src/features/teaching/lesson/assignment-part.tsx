import { useCallback } from "react";
import { createAssignment, listAssignments } from "../api/assignments";
import { changeLesson, type Lesson } from "../api/lessons";
import { AssignmentEditor } from "../assignment/assignment-editor";
import { useOnce } from "../use-once";
import { Chosen } from "./chosen";

/** What a lesson wants handed in: a new assignment, or one that the course has. */
export function AssignmentPart({ lesson, onChanged }: { lesson: Lesson; onChanged: () => Promise<void> }) {
  const { courseId } = lesson;
  const load = useCallback((signal: AbortSignal) => listAssignments(courseId, undefined, signal), [courseId]);
  const once = useOnce();
  const take = async (assignmentId: string) => {
    await changeLesson(lesson.id, { assignmentId });
    await onChanged();
  };
  const make = async () => {
    const made = await once(["assignment", lesson.id], (headers) => createAssignment(courseId, lesson.title, headers));
    await take(made.id);
  };
  if (lesson.assignmentId) return <AssignmentEditor assignmentId={lesson.assignmentId} />;
  return <Chosen what="assignment" load={load} onTake={take} onMake={make} />;
}
