import { Icon } from "@/components/icon";
import { Link } from "@/lib/router";
import type { Curriculum, LessonCard } from "./api/get-curriculum";
import type { Lesson } from "./api/get-lesson";
import { lockOf } from "./words";

interface NeighboursProps {
  lesson: Lesson;
  /** Not known while it loads; then the neighbours have no names. */
  curriculum: Curriculum | undefined;
}

function Way({ id, card, side }: { id: string; card: LessonCard | undefined; side: "previous" | "next" }) {
  const words = (
    <span>
      <small>{side === "next" ? "Next lesson" : "Previous lesson"}</small>
      {card?.title}
      {card?.locked && <small>{lockOf(card)}</small>}
    </span>
  );
  const icon = <Icon name={card?.locked ? "lock" : side === "next" ? "next" : "back"} />;
  const inside = side === "next" ? [words, icon] : [icon, words];
  const [first, second] = inside;
  if (card?.locked) {
    return (
      <span className={`neighbour neighbour-${side} neighbour-locked`}>
        {first}
        {second}
      </span>
    );
  }
  return (
    <Link href={`/lessons/${id}`} className={`neighbour neighbour-${side}`}>
      {first}
      {second}
    </Link>
  );
}

/** The way to the lessons before and after. */
export function LessonNeighbours({ lesson, curriculum }: NeighboursProps) {
  const cards = curriculum?.modules.flatMap((module) => module.lessons) ?? [];
  const card = (id: string) => cards.find((one) => one.id === id);
  return (
    <nav className="neighbours" aria-label="Lessons">
      {lesson.previousId && <Way id={lesson.previousId} card={card(lesson.previousId)} side="previous" />}
      {lesson.nextId ? <Way id={lesson.nextId} card={card(lesson.nextId)} side="next" /> : <p>This is the last lesson.</p>}
    </nav>
  );
}
