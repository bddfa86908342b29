import { useState } from "react";
import { Dialog } from "@/components/dialog";
import { Icon } from "@/components/icon";
import { ErrorNotice } from "@/components/notice";
import { navigate } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { deleteMe } from "./api/delete-me";
import { exportMe } from "./api/export-me";
import { PasswordForm } from "./password-form";
import { saveFile } from "./save-file";
import { Section } from "./section";

async function take(): Promise<void> {
  saveFile(await exportMe(), "aula-export.json");
}

async function leave(password: string): Promise<void> {
  await deleteMe(password);
  navigate("/courses");
}

/** Everything that is kept, to take along; and the end of the account. */
export function Data() {
  const { busy, error, run } = useAction();
  const [leaving, setLeaving] = useState(false);
  return (
    <Section title="Your data" note="Everything that is kept about your account, as one JSON file.">
      <ErrorNotice error={error} />
      <p className="account-acts">
        <button type="button" className="button" disabled={busy} onClick={() => void run(take)}>
          <Icon name="save" /> {busy ? "Being gathered…" : "Download my data"}
        </button>
        <button type="button" className="button danger" onClick={() => setLeaving(true)}>
          Delete my account
        </button>
      </p>
      {leaving && (
        <Dialog title="Delete your account?" onClose={() => setLeaving(false)}>
          <div className="account-fields">
            <p>
              Your name, address, profile and devices are forgotten for good, and nobody can sign in any more. What you were enrolled in
              remains in the books without your name. This can’t be undone.
            </p>
            <PasswordForm
              label="Delete your account"
              danger
              act={leave}
              required={false}
              hint="None because you sign in elsewhere? Leave it empty, right after signing in."
            >
              Delete it for good
            </PasswordForm>
          </div>
        </Dialog>
      )}
    </Section>
  );
}
