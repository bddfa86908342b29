import { useState } from "react";
import type { Profile } from "@/api/types";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { useAction } from "@/lib/use-action";
import { cancelReencode, reencode } from "../api/reencode";

const PROFILES = [
  ["fast", "Ready soon"],
  ["small", "Fewest bytes, takes longer"],
] as const;

/** Make another version of a ready video, or stop making it. */
export function Reencode({ assetId }: { assetId: string }) {
  const [profile, setProfile] = useState<Profile>("fast");
  const [said, setSaid] = useState("");
  const { busy, error, run } = useAction();
  const change = (act: () => Promise<void>, words: string) => {
    setSaid("");
    void run(async () => (await act(), setSaid(words)));
  };
  const begin = () => change(() => reencode(assetId, profile), "Being made. It takes the place of this one when it is whole.");
  const stop = () => change(() => cancelReencode(assetId), "Given up. What plays stays.");
  return (
    <section className="panel settings-card" aria-label="Encode again">
      <h3>Encode again</h3>
      <p className="settings-none">Another version with today’s options, in the background. Who watches notices nothing.</p>
      <Select label="What for" options={PROFILES} value={profile} onChange={(event) => setProfile(event.target.value as Profile)} />
      <ErrorNotice error={error} />
      <p className="settings-acts">
        <button type="button" className="button" disabled={busy} onClick={begin}>
          Encode again
        </button>
        <button type="button" className="button ghost" disabled={busy} onClick={stop}>
          Stop
        </button>
        <span role="status">{said}</span>
      </p>
    </section>
  );
}
