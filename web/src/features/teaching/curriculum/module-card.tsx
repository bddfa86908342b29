import { useState } from "react";
import { Icon } from "@/components/icon";
import { deleteModule, renameModule, type Module } from "../api/curriculum";
import { ConfirmDialog } from "../confirm-dialog";
import { MoveButtons } from "../move-buttons";
import { RenameDialog } from "../rename-dialog";
import { AddLesson } from "./add-lesson";
import { LessonRow } from "./lesson-row";
import type { Way } from "./places";

interface CardProps {
  module: Module;
  courseId: string;
  canMove: Record<Way, boolean>;
  onMove: (to: Way) => void;
  canMoveLesson: (lessonId: string, to: Way) => boolean;
  onMoveLesson: (lessonId: string, to: Way) => void;
  onChanged: () => void;
}

/** A module with its lessons. */
export function ModuleCard({ module, courseId, canMove, onMove, canMoveLesson, onMoveLesson, onChanged }: CardProps) {
  const [asking, setAsking] = useState<"rename" | "delete">();
  const close = () => setAsking(undefined);
  const step = (lessonId: string, to: Way) => (canMoveLesson(lessonId, to) ? () => onMoveLesson(lessonId, to) : null);
  return (
    <section className="panel teach-card" aria-labelledby={`module-${module.id}`}>
      <header className="teach-head">
        <h2 id={`module-${module.id}`}>{module.title}</h2>
        <div className="teach-acts">
          <MoveButtons
            id={module.id}
            name={module.title}
            up={canMove.up ? () => onMove("up") : null}
            down={canMove.down ? () => onMove("down") : null}
          />
          <button type="button" className="button ghost" aria-label={`Rename ${module.title}`} onClick={() => setAsking("rename")}>
            Rename
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
      {asking === "rename" && (
        <RenameDialog
          title="Rename the module"
          name={module.title}
          onRename={async (title) => (await renameModule(module.id, title), onChanged())}
          onClose={close}
        />
      )}
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
