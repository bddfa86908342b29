import { useCallback, useEffect, useRef } from "react";
import { isProblem } from "@/api/client";
import { Problem, sentence } from "@/api/problem";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { Player } from "@/player/player";
import { usePlayback } from "@/player/use-playback";
import type { Lesson } from "./api/get-lesson";
import { startLesson } from "./api/start-lesson";

/** Answers after which there is nothing to play any more. */
const ENDS = new Set([401, 403, 404]);

interface VideoProps {
  lesson: Lesson;
  /** The right to watch has ended: what else was open may be closed now. */
  onEnded: () => void;
  /** Ask anew. */
  onAgain: () => void;
}

/** The video of a lesson, for as long as its viewer may see it. */
export function LessonVideo({ lesson, onEnded, onAgain }: VideoProps) {
  const video = useRef<HTMLVideoElement>(null);
  const start = useCallback((signal: AbortSignal) => startLesson(lesson.id, signal), [lesson.id]);
  const { playback, error, renew } = usePlayback(start);
  const over = error instanceof Problem && ENDS.has(error.status);
  useEffect(() => {
    if (over) onEnded();
  }, [over, onEnded]);

  if (over) return <Ended error={error} />;
  if (isProblem(error, "asset.not_playable") || isProblem(error, "lesson.no_video")) return <NotYet onAgain={onAgain} />;
  return (
    <>
      {playback ? (
        <Player playback={playback} title={lesson.title} chapters={[]} video={video} onDenied={renew} />
      ) : (
        <div className="lesson-stage" role="status">
          {!error && <p>Loading the video…</p>}
        </div>
      )}
      <ErrorNotice error={error} />
    </>
  );
}

function Ended({ error }: { error: unknown }) {
  const ended = isProblem(error, "playback.ended") || isProblem(error, "enrolment.required");
  return (
    <div className="lesson-stage" role="alert">
      <Icon name="lock" />
      <h2>{ended ? "Your access to this course has ended" : "This video is not open for you"}</h2>
      <p>{ended ? "The video has stopped. Who teaches the course can let you in again." : sentence(error)}</p>
    </div>
  );
}

function NotYet({ onAgain }: { onAgain: () => void }) {
  return (
    <div className="lesson-stage" role="status">
      <h2>This video is still being prepared</h2>
      <button type="button" className="button" onClick={onAgain}>
        Try again
      </button>
    </div>
  );
}
