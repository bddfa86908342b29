import { isProblem } from "@/api/client";

/**
 * Write what was made of `base`, unless somebody else has changed the same thing meanwhile (412 `request.stale`).
 *
 * An entity tag counts for a whole course: when another part of it has been changed, what is written is what was read, and the
 * newest tag is as good.
 */
export async function unlessStale<T, A>(
  base: T,
  write: (base: T) => Promise<A>,
  read: () => Promise<T>,
  facts: (one: T) => unknown,
): Promise<A> {
  try {
    return await write(base);
  } catch (error) {
    if (!isProblem(error, "request.stale")) throw error;
    const newest = await read();
    if (JSON.stringify(facts(newest)) !== JSON.stringify(facts(base))) throw error;
    return write(newest);
  }
}
