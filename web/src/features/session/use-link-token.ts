import { useEffect, useState } from "react";
import { navigate } from "@/lib/router";

const fromAddress = (): string | null => new URLSearchParams(location.hash.slice(1)).get("token");

/** What stands behind the `#` of a link in a mail. It is taken out of the address at once, so that no history keeps it. */
export function useLinkToken(): string | null {
  const [token, setToken] = useState(fromAddress);
  useEffect(() => {
    const take = () => {
      const found = fromAddress();
      if (!found) return;
      setToken(found);
      navigate(location.pathname + location.search, { replace: true });
    };
    take();
    // A second link in the same tab differs by nothing else, and loads nothing.
    addEventListener("hashchange", take);
    return () => removeEventListener("hashchange", take);
  }, []);
  return token;
}
