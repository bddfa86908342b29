import { useState } from "react";
import { Icon } from "@/components/icon";
import { deleteModule, type Module } from "../api/curriculum";
import { ConfirmDialog } from "../confirm-dialog";
import { MoveButtons } from "../move-buttons";
import { whenOf } from "../words";
import { AddLesson } from "./add-lesson";
import { LessonRow } from "./lesson-row";
import { ModuleDialog } from "./module-dialog";
import type { Way } from "./places";

interface CardProps {
  module: Module;
  /** Of the course that the module was read with. */
  revision: number;
  canMove: Record<Way, boolean>;
  onMove: (to: Way) => void;
  canMoveLesson: (lessonId: string, to: Way) => boolean;
  onMoveLesson: (lessonId: string, to: Way) => void;
  onChanged: () => void;
}

/** A module with its lessons. */
export function ModuleCard({ module, revision, canMove, onMove, canMoveLesson, onMoveLesson, onChanged }: CardProps) {
  const { courseId } = module;
  const [asking, setAsking] = useState<"edit" | "delete">();
  const close = () => setAsking(undefined);
  const step = (lessonId: string, to: Way) => (canMoveLesson(lessonId, to) ? () => onMoveLesson(lessonId, to) : null);
  return (
    <section className="panel teach-card" aria-labelledby={`module-${module.id}`}>
      <header className="teach-head">
        <div>
          <h2 id={`module-${module.id}`}>{module.title}</h2>
          <Note module={module} />
        </div>
        <div className="teach-acts">
          <MoveButtons
            id={module.id}
            name={module.title}
            up={canMove.up ? () => onMove("up") : null}
            down={canMove.down ? () => onMove("down") : null}
          />
          <button type="button" className="button ghost" aria-label={`Edit ${module.title}`} onClick={() => setAsking("edit")}>
            Edit
          </button>
          <button type="button" className="button ghost square" aria-label={`Delete ${module.title}`} onClick={() => setAsking("delete")}>
            <Icon name="trash" />
          </button>
        </div>
      </header>
      <ol className="teach-list">
        {module.lessons.map((lesson) => (
          <LessonRow
            key={lesson.id}
            lesson={lesson}
            courseId={courseId}
            up={step(lesson.id, "up")}
            down={step(lesson.id, "down")}
            onChanged={onChanged}
          />
        ))}
      </ol>
      <AddLesson courseId={courseId} moduleId={module.id} moduleTitle={module.title} />
      {asking === "edit" && <ModuleDialog first={{ module, revision }} onSaved={onChanged} onClose={close} />}
      {asking === "delete" && (
        <ConfirmDialog
          title="Delete this module?"
          act="Delete"
          onConfirm={async () => (await deleteModule(module.id), onChanged())}
          onClose={close}
        >
          “{module.title}” and its lessons will be gone. Videos, files and quizzes stay.
        </ConfirmDialog>
      )}
    </section>
  );
}

/** What a module is about, and from when on its lessons are seen. */
function Note({ module }: { module: Module }) {
  const note = [module.summary, whenOf(module)].filter(Boolean).join(" · ");
  return note && <p className="teach-note">{note}</p>;
}
