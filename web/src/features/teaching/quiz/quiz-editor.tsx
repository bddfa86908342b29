import { useCallback, useState } from "react";
import { ErrorNotice, Loading } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { useResource } from "@/lib/use-resource";
import { addQuestion, getQuiz, moveQuestion, type Quiz } from "../api/quizzes";
import { behind, type Way } from "../curriculum/places";
import { useMoves } from "../use-moves";
import { useOnce } from "../use-once";
import { QuestionForm } from "./question-form";
import { QuestionRow } from "./question-row";
import { RulesPart } from "./rules-part";

/** The quiz of a lesson: its questions, and how it is taken. */
export function QuizEditor({ quizId }: { quizId: string }) {
  const load = useCallback((signal: AbortSignal) => getQuiz(quizId, signal), [quizId]);
  const { data: quiz, error, reload } = useResource(load);
  if (!quiz) return error ? <ErrorNotice error={error} /> : <Loading what="the quiz" />;
  return (
    <>
      <section className="panel teach-card" aria-label="Questions">
        <h2>Questions</h2>
        {quiz.problems.length > 0 && (
          <ul className="teach-note">
            {quiz.problems.map((problem) => (
              <li key={problem.field + problem.message}>{problem.message}</li>
            ))}
          </ul>
        )}
        <Questions quiz={quiz} onChanged={reload} />
      </section>
      <RulesPart quiz={quiz} onChanged={reload} />
    </>
  );
}

function Questions({ quiz, onChanged }: { quiz: Quiz; onChanged: () => void }) {
  const { error, run } = useAction();
  const [adding, setAdding] = useState(false);
  const keepFocus = useMoves(quiz);
  const once = useOnce();
  const { questions } = quiz;
  const step = (index: number, to: Way) => {
    const [question, next] = [questions[index], questions[to === "up" ? index - 1 : index + 1]];
    if (!question || !next) return null;
    return () => {
      keepFocus(question.id, to);
      void run(async () => (await moveQuestion(question.id, behind(questions, index, to)), onChanged()));
    };
  };
  return (
    <>
      <ErrorNotice error={error} />
      <ol className="teach-list">
        {questions.map((question, index) => (
          <QuestionRow
            key={question.id}
            question={question}
            number={index + 1}
            up={step(index, "up")}
            down={step(index, "down")}
            onChanged={onChanged}
          />
        ))}
      </ol>
      {adding ? (
        <QuestionForm
          onSave={async (body) => (await once(body, (headers) => addQuestion(quiz.id, body, headers)), onChanged())}
          onClose={() => setAdding(false)}
        />
      ) : (
        <p className="teach-acts">
          <button type="button" className="button" onClick={() => setAdding(true)}>
            Add a question
          </button>
        </p>
      )}
    </>
  );
}
