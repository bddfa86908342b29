import { ErrorNotice } from "@/components/notice";
import { Link } from "@/lib/router";
import { useAction } from "@/lib/use-action";
import { useTitle } from "@/lib/use-title";
import { verifyEmail } from "./api/verify-email";
import { Frame } from "./frame";
import { useLinkToken } from "./use-link-token";

/** Where the link in a mail leads. Only a press confirms: what opens links to look at them is not the addressee. */
export default function VerifyEmailPage() {
  useTitle("Confirm your address");
  const token = useLinkToken();
  return (
    <Frame>
      <Confirmation key={token} token={token} />
    </Frame>
  );
}

function Confirmation({ token }: { token: string | null }) {
  const { busy, done, error, run } = useAction();
  return (
    <section className="panel welcome-form">
      <h1>Confirm your address</h1>
      <div role="status">{done && <p>Thank you, your address is confirmed.</p>}</div>
      {!token && <ErrorNotice error={new Error("The link is not whole. Open it from the mail again.")} />}
      <ErrorNotice error={error} />
      {token && !done && (
        <button type="button" className="button primary" disabled={busy} onClick={() => void run(() => verifyEmail(token))}>
          {busy ? "One moment…" : "Confirm"}
        </button>
      )}
      {(done || !token) && (
        <Link href="/" className="button primary">
          Go on
        </Link>
      )}
      {Boolean(error) && <p className="welcome-swap">Sign in to have another link sent.</p>}
    </section>
  );
}
