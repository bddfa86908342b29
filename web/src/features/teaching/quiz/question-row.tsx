import { useState } from "react";
import { Icon } from "@/components/icon";
import { changeQuestion, deleteQuestion, type Question } from "../api/quizzes";
import { ConfirmDialog } from "../confirm-dialog";
import { MoveButtons } from "../move-buttons";
import { kindName } from "./content";
import { QuestionForm } from "./question-form";

interface RowProps {
  question: Question;
  number: number;
  up: (() => void) | null;
  down: (() => void) | null;
  onChanged: () => void;
}

/** A question in its list; in its form while it is changed. */
export function QuestionRow({ question, number, up, down, onChanged }: RowProps) {
  const [doing, setDoing] = useState<"edit" | "delete">();
  const close = () => setDoing(undefined);
  const name = `question ${number}`;
  if (doing === "edit") {
    return (
      <li>
        <QuestionForm question={question} onSave={async (body) => (await changeQuestion(question, body), onChanged())} onClose={close} />
      </li>
    );
  }
  return (
    <li className="teach-row teach-lesson">
      <span>{question.prompt}</span>
      <span className="teach-note">
        {kindName(question.content.kind)} · {Number(question.points)} {Number(question.points) === 1 ? "point" : "points"}
        {question.pool && ` · pool ${question.pool}`}
      </span>
      <span className="teach-acts">
        <MoveButtons id={question.id} name={name} up={up} down={down} />
        <button type="button" className="button ghost" aria-label={`Edit ${name}`} onClick={() => setDoing("edit")}>
          Edit
        </button>
        <button type="button" className="button ghost square" aria-label={`Delete ${name}`} onClick={() => setDoing("delete")}>
          <Icon name="trash" />
        </button>
      </span>
      {doing === "delete" && (
        <ConfirmDialog
          title="Delete this question?"
          act="Delete"
          onConfirm={async () => (await deleteQuestion(question.id), onChanged())}
          onClose={close}
        >
          “{question.prompt}” and its answers will be gone.
        </ConfirmDialog>
      )}
    </li>
  );
}
