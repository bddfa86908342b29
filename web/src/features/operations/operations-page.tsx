import { useCallback } from "react";
import { Link } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { useTitle } from "@/lib/use-title";
import { getJobs } from "./api/jobs";
import { getQueues } from "./api/queues";
import { getWorkers } from "./api/workers";
import { FAILED, QUEUES, RUNNING, WORKERS } from "./columns";
import { TableSection } from "./table";
import "./operations.css";

const FAST_MS = 2_000;
const SLOW_MS = 10_000;

/** What the machinery does right now. Nothing here changes anything; the `aula` command does. */
export default function OperationsPage() {
  useTitle("Operations");
  const queues = useResource(getQueues, FAST_MS);
  const workers = useResource(getWorkers, SLOW_MS);
  const running = useResource(
    useCallback((signal: AbortSignal) => getJobs("running", signal), []),
    FAST_MS,
  );
  const failed = useResource(
    useCallback((signal: AbortSignal) => getJobs("discarded", signal), []),
    SLOW_MS,
  );
  return (
    <div className="ops">
      <header>
        <h1>Operations</h1>
        <p>Refreshes by itself. To pause a queue or retry a pipeline, use the <code>aula</code> command.</p>
        <p>
          <Link href="/operations/mail">Mail to people</Link>
        </p>
      </header>
      <TableSection title="Queues" resource={queues} rows={queues.data} columns={QUEUES} id={(queue) => queue.name} empty="No queues." />
      <TableSection
        title="Running jobs"
        resource={running}
        rows={running.data?.items}
        columns={RUNNING}
        id={(job) => job.id}
        empty="Nothing is running."
      />
      <TableSection
        title="Failed jobs"
        resource={failed}
        rows={failed.data?.items}
        columns={FAILED}
        id={(job) => job.id}
        empty="Nothing has failed."
      />
      <TableSection
        title="Workers"
        resource={workers}
        rows={workers.data}
        columns={WORKERS}
        id={(worker) => worker.id}
        empty="No worker has ever reported. Start one with “aula worker”."
      />
    </div>
  );
}
