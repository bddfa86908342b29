/** Moments between the API and `<input type="datetime-local">`, which knows only the reader's time zone. */
export function localMoment(moment: string | null): string {
  if (!moment) return "";
  const date = new Date(moment);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
