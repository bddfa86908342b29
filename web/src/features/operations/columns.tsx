/** What operators see of queues, workers and jobs. */
import type { JobView, QueueView, WorkerView } from "@/api/types";
import type { Column } from "@/components/table";
import { Tag } from "@/components/tag";
import { age, span } from "@/lib/format";

const since = (moment: string) => span(Math.max(0, (Date.now() - Date.parse(moment)) / 1000));

function QueueState({ queue }: { queue: QueueView }) {
  if (queue.paused) return <Tag tone="warn">Paused</Tag>;
  if (queue.slots === 0) return <Tag tone="bad">No worker</Tag>;
  return <Tag tone="good">Open</Tag>;
}

function WorkerState({ worker }: { worker: WorkerView }) {
  if (!worker.alive) return <Tag tone="bad">Silent</Tag>;
  return worker.stopping ? <Tag tone="warn">Stopping</Tag> : <Tag tone="good">Alive</Tag>;
}

const text = (value: unknown) => (typeof value === "string" || typeof value === "number" ? String(value) : "");

/** One attempt's error: when, what, and the facts that help to repeat it (the command, the end of stderr). */
function Attempt({ error }: { error: JobView["errors"][number] }) {
  const { at, attempt, code, message, detail } = error;
  const facts = Object.entries(detail && typeof detail === "object" ? detail : {});
  return (
    <>
      <p>
        Attempt {text(attempt)}, {age(text(at))}: <code>{text(code)}</code> {text(message)}
      </p>
      {facts.length > 0 && <pre>{facts.map(([name, fact]) => `${name}: ${text(fact) || JSON.stringify(fact)}`).join("\n")}</pre>}
    </>
  );
}

function Errors({ job }: { job: JobView }) {
  const last = job.errors.at(-1);
  if (!last) return <>No error recorded</>;
  return (
    <details className="ops-error">
      <summary>
        <code>{text(last["code"])}</code> {text(last["message"]).split("\n")[0]}
      </summary>
      {job.errors.map((error) => (
        <Attempt key={`${text(error["attempt"])} ${text(error["at"])}`} error={error} />
      ))}
    </details>
  );
}

const attempts = (job: JobView) => `${job.attempt} of ${job.maxAttempts}`;

export const QUEUES: readonly Column<QueueView>[] = [
  { title: "Queue", cell: (queue) => <strong>{queue.name}</strong> },
  { title: "State", cell: (queue) => <QueueState queue={queue} /> },
  { title: "Running", figure: true, cell: (queue) => `${queue.running} of ${queue.slots}` },
  { title: "Due", figure: true, cell: (queue) => queue.available },
  { title: "Retrying", figure: true, cell: (queue) => queue.retryable },
  { title: "Waiting for others", figure: true, cell: (queue) => queue.waiting },
  { title: "Oldest due", figure: true, cell: (queue) => (queue.oldestDueAt ? since(queue.oldestDueAt) : "–") },
];

export const WORKERS: readonly Column<WorkerView>[] = [
  { title: "Worker", cell: (worker) => <strong>{`${worker.host} · ${worker.pid}`}</strong> },
  { title: "State", cell: (worker) => <WorkerState worker={worker} /> },
  { title: "Queues", cell: (worker) => worker.queues.join(", ") },
  { title: "Busy", figure: true, cell: (worker) => `${worker.running} of ${worker.slots}` },
  { title: "Up for", figure: true, cell: (worker) => since(worker.startedAt) },
  { title: "Heard of", figure: true, cell: (worker) => age(worker.heartbeatAt) },
];

export const RUNNING: readonly Column<JobView>[] = [
  { title: "Job", cell: (job) => <strong>{job.kind}</strong> },
  {
    title: "Progress",
    cell: (job) => <progress max={1} value={job.progress} aria-label={`Progress of ${job.kind}`} />,
  },
  { title: "Queue", cell: (job) => job.queue },
  { title: "Attempt", figure: true, cell: attempts },
  { title: "Running for", figure: true, cell: (job) => (job.startedAt ? since(job.startedAt) : "–") },
];

export const FAILED: readonly Column<JobView>[] = [
  { title: "Job", cell: (job) => <strong>{job.kind}</strong> },
  { title: "Error", cell: (job) => <Errors job={job} /> },
  { title: "Attempts", figure: true, cell: attempts },
  { title: "Failed", figure: true, cell: (job) => (job.finishedAt ? age(job.finishedAt) : "–") },
];
