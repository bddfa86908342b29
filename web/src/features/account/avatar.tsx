import type { User } from "@/api/types";
import { FileButton } from "@/components/file-button";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { useAction } from "@/lib/use-action";
import { useOnChange } from "@/lib/use-on-change";
import { useResource } from "@/lib/use-resource";
import { deleteAvatar, getAvatar, putAvatar, type Picture } from "./api/avatar";
import { lookAtMe } from "./api/change-me";

const LOOK_MS = 1_000;

const pace = (picture: Picture | undefined) => (picture?.state === "uploaded" ? LOOK_MS : 0);
const lookAgain = () => void lookAtMe().catch(() => undefined);

/** One's picture, or the first letter of the name. */
export function Avatar({ user }: { user: User }) {
  const { data, error: loadError, reload } = useResource(getAvatar, pace);
  const { busy, error, run } = useAction();
  useOnChange(data && (data.url ?? ""), lookAgain);
  const change = (act: () => Promise<void>) => void run(async () => (await act(), reload()));
  const rendering = data?.state === "uploaded";
  return (
    <div className="account-avatar" role="group" aria-label="Picture">
      {data?.url ? (
        <img src={data.url} alt="You" />
      ) : (
        <span className="account-initial" aria-hidden="true">
          {user.displayName.slice(0, 1)}
        </span>
      )}
      <div>
        <p className="account-acts">
          <FileButton
            accept="image/jpeg,image/png,image/webp"
            disabled={busy || rendering}
            testId="avatar-input"
            onFile={(file) => change(() => putAvatar(file))}
          >
            <Icon name="upload" /> Upload a picture
          </FileButton>
          {data && data.state !== "none" && (
            <button type="button" className="button ghost" disabled={busy} onClick={() => change(deleteAvatar)}>
              Remove
            </button>
          )}
          <span role="status">{rendering && "Being rendered…"}</span>
        </p>
        <p className="field-hint">JPEG, PNG or WebP of at most 10 MB; its middle shows.</p>
        {data?.state === "failed" && data.failure && <ErrorNotice error={new Error(data.failure.message)} />}
        <ErrorNotice error={error ?? loadError} />
      </div>
    </div>
  );
}
