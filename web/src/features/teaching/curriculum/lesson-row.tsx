import { useState } from "react";
import { Icon } from "@/components/icon";
import { span } from "@/lib/format";
import { Link } from "@/lib/router";
import type { LessonCard } from "../api/curriculum";
import { deleteLesson } from "../api/lessons";
import { ConfirmDialog } from "../confirm-dialog";
import { MoveButtons } from "../move-buttons";
import { kindName, whenOf } from "../words";

function notes(lesson: LessonCard): string {
  const seconds = lesson.durationS ?? (lesson.minutes ?? 0) * 60;
  const parts = [kindName(lesson.kind), lesson.preview && "preview", whenOf(lesson), seconds > 0 && span(seconds)];
  return parts.filter(Boolean).join(" · ");
}

interface RowProps {
  lesson: LessonCard;
  courseId: string;
  up: (() => void) | null;
  down: (() => void) | null;
  onChanged: () => void;
}

/** A lesson in the curriculum, with the way to its editor. */
export function LessonRow({ lesson, courseId, up, down, onChanged }: RowProps) {
  const [asking, setAsking] = useState(false);
  return (
    <li className="teach-row teach-lesson">
      <Link href={`/teach/${courseId}/lessons/${lesson.id}`}>{lesson.title}</Link>
      <span className="teach-note">{notes(lesson)}</span>
      <span className="teach-acts">
        <MoveButtons id={lesson.id} name={lesson.title} up={up} down={down} />
        <button type="button" className="button ghost square" aria-label={`Delete ${lesson.title}`} onClick={() => setAsking(true)}>
          <Icon name="trash" />
        </button>
      </span>
      {asking && (
        <ConfirmDialog
          title="Delete this lesson?"
          act="Delete"
          onConfirm={async () => (await deleteLesson(lesson.id), onChanged())}
          onClose={() => setAsking(false)}
        >
          “{lesson.title}” will be gone. What it shows, as a video or a quiz, stays.
        </ConfirmDialog>
      )}
    </li>
  );
}
