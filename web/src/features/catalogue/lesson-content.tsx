import { useState } from "react";
import { Icon } from "@/components/icon";
import { Prose } from "@/components/prose";
import type { Lesson } from "./api/get-lesson";
import { LessonFile } from "./lesson-file";
import { LessonVideo } from "./lesson-video";
import { KINDS } from "./words";

const LATER: Readonly<Partial<Record<Lesson["kind"], string>>> = {
  quiz: "Answering quizzes comes with the next release. You can read what it is about and go on.",
  assignment: "Handing in work comes with the next release. You can read what it is about and go on.",
};

/** What a lesson consists of, by its kind, and its text. */
export function LessonContent({ lesson, onEnded }: { lesson: Lesson; onEnded: () => void }) {
  const [attempt, setAttempt] = useState(1);
  const later = LATER[lesson.kind];
  return (
    <>
      {lesson.kind === "video" && (
        <LessonVideo key={attempt} lesson={lesson} onEnded={onEnded} onAgain={() => setAttempt(attempt + 1)} />
      )}
      {later && (
        <div className="panel lesson-later">
          <Icon name={KINDS[lesson.kind].icon} />
          <p>
            <strong>{KINDS[lesson.kind].name}</strong>
            {later}
          </p>
        </div>
      )}
      <Prose html={lesson.bodyHtml} />
      {lesson.kind === "file" && lesson.fileId && <LessonFile fileId={lesson.fileId} />}
    </>
  );
}
