import { MoreButton } from "@/components/more-button";
import { ErrorNotice } from "@/components/notice";
import { age } from "@/lib/format";
import { useAction } from "@/lib/use-action";
import { usePages } from "@/lib/use-pages";
import { endOtherSessions, endSession, listSessions, type Device } from "./api/sessions";
import { Section } from "./section";

const METHODS: Readonly<Record<string, string>> = {
  password: "password",
  totp: "password and code",
  oidc: "signed in elsewhere",
  impersonation: "an administrator, in your place",
};

function Row({ device, busy, onEnd }: { device: Device; busy: boolean; onEnd: () => void }) {
  return (
    <li>
      <div>
        <strong>{device.device}</strong> {device.current && <span className="account-here">this one</span>}
        <p className="field-hint">
          {device.address && `${device.address} · `}
          {METHODS[device.method] ?? device.method} · since {age(device.createdAt)}
          {!device.current && ` · last seen ${age(device.lastSeenAt)}`}
        </p>
      </div>
      {!device.current && (
        <button type="button" className="button" disabled={busy} aria-label={`Sign out ${device.device}`} onClick={onEnd}>
          Sign out
        </button>
      )}
    </li>
  );
}

/** Where one is signed in, and the end of that. */
export function Devices() {
  const devices = usePages(listSessions);
  const { busy, error, run } = useAction();
  const end = (act: () => Promise<void>) => void run(async () => (await act(), devices.reload()));
  const others = devices.items.some((device) => !device.current);
  return (
    <Section title="Devices" note="Where your account is signed in. One that you don't know? Sign it out and change the password.">
      <ErrorNotice error={error} />
      <ul className="account-list" aria-busy={devices.busy}>
        {devices.items.map((device) => (
          <Row key={device.id} device={device} busy={busy} onEnd={() => end(() => endSession(device.id))} />
        ))}
      </ul>
      <MoreButton pages={devices} />
      {others && (
        <p className="account-acts">
          <button type="button" className="button" disabled={busy} onClick={() => end(endOtherSessions)}>
            Sign out all others
          </button>
        </p>
      )}
    </Section>
  );
}
