import { useEffect, useRef } from "react";
import { Icon } from "@/components/icon";
import { Link } from "@/lib/router";
import type { Curriculum, LessonCard } from "./api/get-curriculum";
import { KINDS, lessonLength, lockOf } from "./words";

function Entry({ lesson }: { lesson: LessonCard }) {
  const inside = (
    <>
      <Icon name={lesson.locked ? "lock" : KINDS[lesson.kind].icon} />
      <span>
        {lesson.title}
        <small>{lesson.locked ? lockOf(lesson) : [KINDS[lesson.kind].name, lessonLength(lesson)].filter(Boolean).join(" · ")}</small>
      </span>
    </>
  );
  return <li>{lesson.locked ? <span className="contents-locked">{inside}</span> : <Link href={`/lessons/${lesson.id}`}>{inside}</Link>}</li>;
}

/** The curriculum beside the lesson of this address, which is marked in it and comes into sight. */
export function LessonContents({ curriculum }: { curriculum: Curriculum }) {
  const list = useRef<HTMLElement>(null);
  useEffect(() => {
    // Only the list itself moves, not the page.
    const [frame, now] = [list.current, list.current?.querySelector<HTMLElement>("[aria-current]")];
    if (frame && now) frame.scrollTop = now.offsetTop - frame.offsetTop - frame.clientHeight / 3;
  }, []);
  return (
    <nav ref={list} className="panel contents" aria-label="Curriculum">
      {curriculum.modules.map((module) => (
        <section key={module.id} aria-labelledby={`contents-${module.id}`}>
          <h2 id={`contents-${module.id}`}>{module.title}</h2>
          <ol>
            {module.lessons.map((lesson) => (
              <Entry key={lesson.id} lesson={lesson} />
            ))}
          </ol>
        </section>
      ))}
    </nav>
  );
}
