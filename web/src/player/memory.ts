/** What the player keeps in this browser from one video to the next. Private windows may refuse; then it forgets. */

const KEYS = { bandwidth: "aula-bandwidth", captions: "aula-captions", sound: "aula-sound" } as const;

export function remembered(what: keyof typeof KEYS): string | null {
  try {
    return localStorage.getItem(KEYS[what]) || null;
  } catch {
    return null;
  }
}

/** Null forgets. */
export function remember(what: keyof typeof KEYS, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(KEYS[what]);
    else localStorage.setItem(KEYS[what], value);
  } catch {
    // The next video begins as the first one did.
  }
}
