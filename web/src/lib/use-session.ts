import { useSyncExternalStore } from "react";
import { getSession, subscribe, type Session } from "@/api/session";

/** The session as a component sees it. */
export function useSession(): Session {
  return useSyncExternalStore(subscribe, getSession);
}
