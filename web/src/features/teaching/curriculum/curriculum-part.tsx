import { useCallback, useRef } from "react";
import { Field } from "@/components/field";
import { Empty, ErrorNotice, Loading } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { text, useForm } from "@/lib/use-form";
import { useResource } from "@/lib/use-resource";
import { addModule, getCurriculum, moveModule } from "../api/curriculum";
import { moveLesson } from "../api/lessons";
import { useMoves } from "../use-moves";
import { useOnce } from "../use-once";
import { ModuleCard } from "./module-card";
import { behind, placeOf, type Way } from "./places";

/** Modules and their lessons, in the order in which they are learned. */
export function CurriculumPart({ courseId }: { courseId: string }) {
  const load = useCallback((signal: AbortSignal) => getCurriculum(courseId, signal), [courseId]);
  const { data, error: loadError, reload } = useResource(load);
  const { error, run } = useAction();
  const keepFocus = useMoves(data);
  if (!data) return loadError ? <ErrorNotice error={loadError} /> : <Loading what="the curriculum" />;
  const { modules, revision } = data;

  const act = (id: string, to: Way, move: () => Promise<void>) => {
    keepFocus(id, to);
    void run(async () => (await move(), reload()));
  };
  const moving = (index: number) => (to: Way) => {
    const module = modules[index];
    if (module) act(module.id, to, () => moveModule(module.id, behind(modules, index, to)));
  };
  const movingLesson = (lessonId: string, to: Way) => {
    const place = placeOf(modules, lessonId, to);
    if (place) act(lessonId, to, () => moveLesson(lessonId, place.moduleId, place.after));
  };
  return (
    <section className="teach-form" aria-label="Curriculum">
      <ErrorNotice error={error ?? loadError} />
      {modules.length === 0 && (
        <Empty title="No modules yet">
          <p>A module holds lessons: a week, a chapter, a subject. Add the first one.</p>
        </Empty>
      )}
      {modules.map((module, index) => (
        <ModuleCard
          key={module.id}
          module={module}
          revision={revision}
          canMove={{ up: index > 0, down: index < modules.length - 1 }}
          onMove={moving(index)}
          canMoveLesson={(lessonId, to) => placeOf(modules, lessonId, to) !== null}
          onMoveLesson={movingLesson}
          onChanged={reload}
        />
      ))}
      <AddModule courseId={courseId} onAdded={reload} />
    </section>
  );
}

function AddModule({ courseId, onAdded }: { courseId: string; onAdded: () => void }) {
  const once = useOnce();
  const sent = useRef<HTMLFormElement>(null);
  const form = useForm(async (data) => {
    const body = { title: text(data, "title") };
    await once(body, (headers) => addModule(courseId, body, headers));
    sent.current?.reset();
    onAdded();
  });
  return (
    <form className="teach-add" onSubmit={form.onSubmit} aria-label="Add a module" ref={sent}>
      <Field label="New module" name="title" required maxLength={200} error={form.fieldError("title")} />
      <button type="submit" className="button" disabled={form.busy}>
        Add the module
      </button>
      <ErrorNotice error={form.error} />
    </form>
  );
}
