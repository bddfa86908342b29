/** Where a learner was last in a course, in this browser. Private windows may refuse to keep it; then they begin with the first. */
import type { Curriculum } from "./api/get-curriculum";

const keyOf = (userId: string, courseId: string) => `aula-lesson ${userId} ${courseId}`;

export function rememberLesson(userId: string, courseId: string, lessonId: string): void {
  try {
    localStorage.setItem(keyOf(userId, courseId), lessonId);
  } catch {
    // Going on begins with the first lesson then.
  }
}

function remembered(userId: string, courseId: string): string | null {
  try {
    return localStorage.getItem(keyOf(userId, courseId));
  } catch {
    return null;
  }
}

export interface Place {
  lessonId: string;
  /** They have been there before. */
  again: boolean;
}

/** Where to go on: the lesson that was looked at last, else the first one that is open; null when none is. */
export function placeIn(curriculum: Curriculum, userId: string): Place | null {
  const open = curriculum.modules.flatMap((module) => module.lessons).filter((lesson) => !lesson.locked);
  const last = remembered(userId, curriculum.courseId);
  const lesson = open.find(({ id }) => id === last) ?? open[0];
  return lesson ? { lessonId: lesson.id, again: lesson.id === last } : null;
}
