import { useCallback, useState } from "react";
import { ErrorNotice, Loading } from "@/components/notice";
import { useResource } from "@/lib/use-resource";
import { getAssignment, type Assignment } from "../api/assignments";
import { AssignmentForm } from "./assignment-form";

/** The assignment of a lesson. */
export function AssignmentEditor({ assignmentId }: { assignmentId: string }) {
  const load = useCallback((signal: AbortSignal) => getAssignment(assignmentId, signal), [assignmentId]);
  const { data, error } = useResource(load);
  if (!data) return error ? <ErrorNotice error={error} /> : <Loading what="the assignment" />;
  return <Editor first={data} />;
}

function Editor({ first }: { first: Assignment }) {
  const [assignment, setAssignment] = useState(first);
  const [version, setVersion] = useState(0);
  const loadNewest = async () => {
    setAssignment(await getAssignment(first.id));
    setVersion(version + 1);
  };
  return <AssignmentForm key={version} assignment={assignment} onSaved={setAssignment} onNewest={loadNewest} />;
}
