import { useCallback, useState } from "react";
import { Icon } from "@/components/icon";
import { MoreButton } from "@/components/more-button";
import { ErrorNotice } from "@/components/notice";
import { bytes } from "@/lib/format";
import { useAction } from "@/lib/use-action";
import { useOnChange } from "@/lib/use-on-change";
import { usePages } from "@/lib/use-pages";
import { useResource } from "@/lib/use-resource";
import { isFile, type UploadItem } from "@/lib/uploads";
import { deleteFile, downloadFile, getFile, listFiles, type CourseFile } from "../api/files";
import { changeLesson, type Lesson } from "../api/lessons";
import { ConfirmDialog } from "../confirm-dialog";
import { Uploading } from "./uploading";

const LOOK_MS = 2_000;
const pace = (file: CourseFile | undefined) => (file?.state === "uploading" || file?.state === "checking" ? LOOK_MS : 0);

interface PartProps {
  lesson: Lesson;
  userId: string;
  onChanged: () => Promise<void>;
}

/** The file of a lesson, and the others of the course. */
export function FilePart({ lesson, userId, onChanged }: PartProps) {
  const { courseId, fileId } = lesson;
  const { error, run } = useAction();
  const load = useCallback(
    (cursor: string | undefined, signal: AbortSignal) => listFiles(courseId, cursor, signal),
    [courseId],
  );
  const files = usePages(load);
  const take = (id: string | null) =>
    void run(async () => (await changeLesson(lesson.id, { fileId: id }), await onChanged(), files.reload()));
  const ours = (item: UploadItem) => isFile(item) && (item.fileId === null || item.fileId === fileId);
  return (
    <section className="panel teach-card" aria-label="File">
      <h2>File</h2>
      {fileId ? <Shown key={fileId} fileId={fileId} onSettled={files.reload} /> : <p>This lesson has no file yet.</p>}
      <Uploading userId={userId} accept="" target={{ fileOf: courseId, onKnown: take }} ours={ours} onArrived={files.reload}>
        {fileId ? "Upload another one" : "Upload a file"}
      </Uploading>
      <p className="field-hint">A document, picture, archive or text. Each is looked at before learners get it.</p>
      <ErrorNotice error={error} />
      {files.items.length > 0 && <h3>Files of the course</h3>}
      <ul className="teach-list">
        {files.items.map((file) => (
          <FileRow key={file.id} file={file} taken={file.id === fileId} onTake={take} onChanged={files.reload} />
        ))}
      </ul>
      <MoreButton pages={files} />
    </section>
  );
}

function stateOf(file: CourseFile): string {
  if (file.state === "refused") return file.failure?.message ?? "Refused";
  const words = { uploading: "Upload not finished", checking: "Being looked at…", ready: file.size === null ? "Ready" : bytes(file.size) };
  return words[file.state];
}

function Shown({ fileId, onSettled }: { fileId: string; onSettled: () => void }) {
  const load = useCallback((signal: AbortSignal) => getFile(fileId, signal), [fileId]);
  const { data: file, error } = useResource(load, pace);
  useOnChange(file?.state, onSettled);
  if (!file) return <ErrorNotice error={error} />;
  return (
    <p role="status">
      <strong>{file.filename}</strong> <span className="teach-note">{stateOf(file)}</span>
    </p>
  );
}

interface RowProps {
  file: CourseFile;
  taken: boolean;
  onTake: (id: string | null) => void;
  onChanged: () => void;
}

function FileRow({ file, taken, onTake, onChanged }: RowProps) {
  const [asking, setAsking] = useState(false);
  const { error, run } = useAction();
  const save = () => void run(async () => location.assign(await downloadFile(file.id)));
  return (
    <li className="teach-row teach-lesson">
      <span>{file.filename}</span>
      <span className="teach-note">{stateOf(file)}</span>
      <span className="teach-acts">
        {file.state === "ready" && (
          <button type="button" className="button ghost square" aria-label={`Save ${file.filename}`} onClick={save}>
            <Icon name="save" />
          </button>
        )}
        <button type="button" className="button" aria-pressed={taken} onClick={() => onTake(taken ? null : file.id)}>
          {taken ? "Take it out" : "Take it"}
        </button>
        <button type="button" className="button ghost square" aria-label={`Delete ${file.filename}`} onClick={() => setAsking(true)}>
          <Icon name="trash" />
        </button>
      </span>
      <ErrorNotice error={error} />
      {asking && (
        <ConfirmDialog
          title="Delete this file?"
          act="Delete"
          onConfirm={async () => (await deleteFile(file.id), onChanged())}
          onClose={() => setAsking(false)}
        >
          “{file.filename}” will be gone for everyone.
        </ConfirmDialog>
      )}
    </li>
  );
}
