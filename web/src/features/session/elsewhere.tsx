import { ErrorNotice } from "@/components/notice";
import { usePath, useSearch } from "@/lib/router";
import { useResource } from "@/lib/use-resource";
import { listProviders } from "./api/list-providers";

/** The only addresses that signing in elsewhere leads back to. */
const WAY_BACK = /^\/([\w-][\w/-]*)?$/;

const REASONS: Readonly<Record<string, string>> = {
  "oidc.denied": "You were not let in there, or said no.",
  "oidc.state_mismatch": "That took too long, or began in another browser. Please try again.",
  "oidc.unavailable": "The other side can't be reached now. Please try again later.",
  "oidc.email_missing": "The other side does not tell your email address, which an account here needs.",
  "oidc.email_taken": "Your address has an account here already. Sign in with its password and confirm the address first.",
  "oidc.account_closed": "This account has been suspended.",
};

const OTHER = "Signing in elsewhere has failed. Please try again.";

/** Why somebody has come back from signing in elsewhere without being let in. */
export function ElsewhereError() {
  const code = useSearch().get("error");
  return <ErrorNotice error={code ? new Error(REASONS[code] ?? OTHER) : undefined} />;
}

function useReturn(): string {
  const path = usePath();
  const next = useSearch().get("next") ?? "/";
  const wanted = (path === "/sign-in" || path === "/register" ? next : path).replace(/[?#].*$/, "");
  return WAY_BACK.test(wanted) && wanted.length <= 200 ? wanted : "/";
}

/** The ways to sign in with an account of somewhere else; nothing where there are none. */
export function Elsewhere() {
  const providers = useResource(listProviders);
  const back = new URLSearchParams({ returnTo: useReturn() }).toString();
  if (!providers.data?.length) return null;
  return (
    <div className="welcome-elsewhere">
      <p>or</p>
      {providers.data.map((provider) => (
        <a key={provider.name} className="button" href={`${provider.startUrl}?${back}`}>
          {provider.title}
        </a>
      ))}
    </div>
  );
}
