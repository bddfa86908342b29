import { bytes, span } from "@/lib/format";
import { discard, pause, resume, type UploadItem } from "@/lib/uploads";
import { Icon } from "./icon";
import "./upload-row.css";

function statusLine(item: UploadItem): string {
  if (item.error) return item.error;
  const amount = `${bytes(item.sent)} of ${bytes(item.size)}`;
  if (item.status === "waiting") return "Waiting for the other uploads";
  if (item.status === "paused") return `Paused · ${amount}`;
  if (item.speed <= 0) return amount;
  return `${amount} · ${bytes(item.speed)}/s · about ${span((item.size - item.sent) / item.speed)} left`;
}

function Switch({ item }: { item: UploadItem }) {
  if (item.status === "refused") return null;
  const running = item.status === "uploading" || item.status === "waiting";
  const words = item.status === "failed" ? "Try again" : "Resume";
  return (
    <button type="button" className="button" onClick={() => (running ? pause(item.id) : resume(item.id))}>
      {running ? "Pause" : words}
    </button>
  );
}

/** An upload of this tab: how far it is, and what can be done about it. */
export function UploadRow({ item }: { item: UploadItem }) {
  const failed = item.status === "failed" || item.status === "refused";
  return (
    <li className={`upload upload-${failed ? "failed" : item.status}`}>
      <div className="upload-what">
        <strong>{item.name}</strong>
        <span role={failed ? "alert" : undefined}>{statusLine(item)}</span>
      </div>
      <div className="upload-acts">
        <Switch item={item} />
        <button
          type="button"
          className="button ghost square"
          aria-label={`Discard the upload of ${item.name}`}
          onClick={() => void discard(item.id).catch(() => undefined)}
        >
          <Icon name="close" />
        </button>
      </div>
      <progress max={item.size || 1} value={item.sent} aria-label={`Upload of ${item.name}`} />
    </li>
  );
}
