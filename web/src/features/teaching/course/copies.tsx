import { useState } from "react";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { Link, navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { duplicateCourse, exportCourse, type MadeCourse } from "../api/archive";
import { deleteCourse, type Course } from "../api/courses";
import { ConfirmDialog } from "../confirm-dialog";
import { useOnce } from "../use-once";
import { Warnings } from "../warnings";

/** Hands a file to the browser, which saves it. */
function save(file: Blob, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** A course taken along: copied, exported, or thrown away. */
export function Copies({ course }: { course: Course }) {
  const { busy, error, run } = useAction();
  const once = useOnce();
  const [made, setMade] = useState<MadeCourse>();
  const [asking, setAsking] = useState(false);
  const copy = async () => setMade(await once(course.id, (headers) => duplicateCourse(course.id, headers)));
  const take = async () => save(await exportCourse(course.id), `${course.slug}.zip`);
  return (
    <section className="panel teach-card" aria-label="Copies">
      <h2>Copies</h2>
      <p className="teach-acts">
        <button type="button" className="button" disabled={busy} onClick={() => void run(copy)}>
          Duplicate
        </button>
        <button type="button" className="button" disabled={busy} onClick={() => void run(take)}>
          <Icon name="save" /> Export as an archive
        </button>
        {course.state === "draft" && (
          <button type="button" className="button danger" onClick={() => setAsking(true)}>
            Delete the draft
          </button>
        )}
      </p>
      {made && (
        <p role="status">
          The copy is there: <Link href={`/teach/${made.course.id}`}>{made.course.title}</Link>
        </p>
      )}
      {made && <Warnings warnings={made.warnings}>Not all of it could be copied:</Warnings>}
      <ErrorNotice error={error} />
      {asking && (
        <ConfirmDialog
          title="Delete this draft?"
          act="Delete"
          onConfirm={async () => (await deleteCourse(course.id), navigate("/teach"))}
          onClose={() => setAsking(false)}
        >
          “{course.title}” will be gone. Only drafts that nobody was ever enrolled in can be deleted.
        </ConfirmDialog>
      )}
    </section>
  );
}
