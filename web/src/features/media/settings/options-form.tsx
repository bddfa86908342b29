import type { FormEvent } from "react";
import type { Asset, Options } from "@/api/types";
import { Problem } from "@/api/problem";
import { Checkbox } from "@/components/checkbox";
import { Field } from "@/components/field";
import { ErrorNotice } from "@/components/notice";
import { Select } from "@/components/select";
import { useAction } from "@/lib/use-action";
import { changeAsset } from "../api/change-asset";

const AV1 = [
  ["default", "As this installation does"],
  ["on", "Always"],
  ["watched", "Once it is watched often"],
  ["off", "Never"],
] as const;

/** Title and options, saved together. */
export function OptionsForm({ asset, onChanged }: { asset: Asset; onChanged: () => void }) {
  const { busy, done, error, run } = useAction();
  const { options } = asset;
  const save = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const wanted: Options = {
      download: form.has("download"),
      encrypted: form.has("encrypted"),
      loudness: form.has("loudness"),
      av1: String(form.get("av1")) as NonNullable<Options["av1"]>,
    };
    void run(async () => {
      await changeAsset(asset.id, { title: String(form.get("title")).trim(), options: wanted });
      onChanged();
    });
  };
  const fields = error instanceof Problem ? error.fields : {};
  return (
    <form className="panel settings-card" onSubmit={save} aria-label="Title and options">
      <h3>Title and options</h3>
      <Field label="Title" name="title" defaultValue={asset.title} required maxLength={200} error={fields["title"]} />
      <Checkbox
        label="Viewers may save it"
        name="download"
        defaultChecked={options.download}
        hint="One MP4 file of up to 720p. Not where it is encrypted."
      />
      <Checkbox
        label="Encrypt what is stored"
        name="encrypted"
        defaultChecked={options.encrypted}
        hint="For viewers nothing changes. Holds when it is encoded the next time."
      />
      <Checkbox
        label="Even out the loudness"
        name="loudness"
        defaultChecked={options.loudness}
        hint="All videos equally loud. Holds when it is encoded the next time."
      />
      <Select
        label="Smaller streams (AV1)"
        name="av1"
        defaultValue={options.av1}
        options={AV1}
        hint="Made in the background, beside H.264, for browsers that can play them."
      />
      <ErrorNotice error={error} />
      <p className="settings-acts">
        <button type="submit" className="button primary" disabled={busy}>
          Save
        </button>
        <span role="status">{done && "Saved."}</span>
      </p>
    </form>
  );
}
