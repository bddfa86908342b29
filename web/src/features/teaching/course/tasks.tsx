import { useCallback, useState } from "react";
import type { Page } from "@/api/types";
import { Icon } from "@/components/icon";
import { MoreButton } from "@/components/more-button";
import { Loading } from "@/components/notice";
import { age, plural } from "@/lib/format";
import { usePages } from "@/lib/use-pages";
import { deleteAssignment, listAssignments } from "../api/assignments";
import { deleteQuiz, listQuizzes } from "../api/quizzes";
import { ConfirmDialog } from "../confirm-dialog";

const points = (count: string) => plural(Number(count), "point");

/** The quizzes and assignments of a course, also those that no lesson uses any more. */
export function Tasks({ courseId }: { courseId: string }) {
  const quizzes = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listQuizzes(courseId, cursor, signal),
    [courseId],
  );
  const assignments = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listAssignments(courseId, cursor, signal),
    [courseId],
  );
  return (
    <>
      <List
        title="Quizzes"
        what="quiz"
        load={quizzes}
        noteOf={(quiz) => `${plural(quiz.questionCount, "question")} · ${points(quiz.points)}`}
        onDelete={deleteQuiz}
      />
      <List
        title="Assignments"
        what="assignment"
        load={assignments}
        noteOf={(assignment) => points(assignment.maxPoints)}
        onDelete={deleteAssignment}
      />
    </>
  );
}

interface Task {
  id: string;
  title: string;
  updatedAt: string;
}

interface ListProps<T> {
  title: string;
  /** "quiz" or "assignment". */
  what: string;
  load: (cursor: string | undefined, signal: AbortSignal) => Promise<Page<T>>;
  noteOf: (task: T) => string;
  onDelete: (id: string) => Promise<void>;
}

function List<T extends Task>({ title, what, load, noteOf, onDelete }: ListProps<T>) {
  const tasks = usePages(load);
  const remove = async (id: string) => (await onDelete(id), tasks.reload());
  return (
    <section className="panel teach-card" aria-label={title}>
      <h2>{title}</h2>
      {!tasks.loaded && <Loading what={`the ${title.toLowerCase()}`} />}
      {tasks.loaded && !tasks.error && tasks.items.length === 0 && <p>There are none yet. A lesson of this kind begins one.</p>}
      <ul className="teach-list">
        {tasks.items.map((task) => (
          <Row key={task.id} task={task} what={what} note={noteOf(task)} onDelete={() => remove(task.id)} />
        ))}
      </ul>
      <MoreButton pages={tasks} />
    </section>
  );
}

function Row({ task, what, note, onDelete }: { task: Task; what: string; note: string; onDelete: () => Promise<void> }) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="teach-row teach-lesson">
      <span>{task.title}</span>
      <span className="teach-note">
        {note} · changed {age(task.updatedAt)}
      </span>
      <button
        type="button"
        className="button ghost square"
        aria-label={`Delete the ${what} ${task.title}`}
        onClick={() => setAsking(true)}
      >
        <Icon name="trash" />
      </button>
      {asking && (
        <ConfirmDialog title={`Delete this ${what}?`} act="Delete" onConfirm={onDelete} onClose={() => setAsking(false)}>
          “{task.title}” will be gone. It can be deleted only when no lesson uses it.
        </ConfirmDialog>
      )}
    </li>
  );
}
