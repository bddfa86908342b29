import { Fragment, useCallback } from "react";
import { Dialog } from "@/components/dialog";
import { ErrorNotice, Loading } from "@/components/notice";
import { useResource } from "@/lib/use-resource";
import { getMessage, type Message } from "./api/messages";

const LINK = /(https?:\/\/\S+)/;

/** The text with its links to be followed, as a mail program shows it. */
function Text({ text }: { text: string }) {
  return (
    <pre className="ops-mail">
      {text.split(LINK).map((part, index) => (
        // The same text never changes: the place is as good a key as any.
        // oxlint-disable-next-line react/no-array-index-key
        <Fragment key={index}>{LINK.test(part) ? <a href={part}>{part}</a> : part}</Fragment>
      ))}
    </pre>
  );
}

/** One message, and what it says where mail is captured. */
export function MessageDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { data, error } = useResource(useCallback((signal: AbortSignal) => getMessage(message.id, signal), [message.id]));
  return (
    <Dialog title={data?.subject ?? message.template} onClose={onClose}>
      <p className="ops-empty">To {message.recipient}</p>
      <ErrorNotice error={error} />
      {!data && !error && <Loading what="the message" />}
      {data?.text && <Text text={data.text} />}
      {data && !data.text && <p>Mail is really sent here, or this one not yet: only the addressee reads what it says.</p>}
    </Dialog>
  );
}
