/** Our own few line icons: 20 px grid, 1.6 px strokes, colour of the text. */
const PATHS = {
  play: "M6.5 4.2v11.6a.6.6 0 0 0 .92.5l9-5.8a.6.6 0 0 0 0-1l-9-5.8a.6.6 0 0 0-.92.5Z",
  pause: "M7 4v12M13 4v12",
  volume: "M3.5 8v4h3l4 3.5v-11L6.5 8h-3ZM13.5 7.5a3.5 3.5 0 0 1 0 5M15.8 5.2a7 7 0 0 1 0 9.6",
  muted: "M3.5 8v4h3l4 3.5v-11L6.5 8h-3ZM13.5 8l4 4M17.5 8l-4 4",
  captions: "M2.8 4.5h14.4v11H2.8v-11ZM8.6 8.6a1.9 1.9 0 1 0 0 2.8M14.2 8.6a1.9 1.9 0 1 0 0 2.8M5 17.6h10",
  captionsOff: "M2.8 4.5h14.4v11H2.8v-11ZM8.6 8.6a1.9 1.9 0 1 0 0 2.8M14.2 8.6a1.9 1.9 0 1 0 0 2.8",
  save: "M10 3.5v9M6.5 9.3 10 12.8l3.5-3.5M3.5 14v1.5a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V14",
  full: "M3.5 7.5v-4h4M16.5 7.5v-4h-4M3.5 12.5v4h4M16.5 12.5v4h-4",
  gear: "M4 6h7M15 6h1M4 14h1M9 14h7M13 4.2v3.6M7 12.2v3.6",
  upload: "M10 13V4M6.5 7.2 10 3.7l3.5 3.5M3.5 13v2.5a1 1 0 0 0 1 1h11a1 1 0 0 0 1-1V13",
  share: "M12.5 6.5a2.5 2.5 0 1 0-5 0 2.5 2.5 0 0 0 5 0ZM4.5 16c.5-3 2.5-4.5 5.5-4.5 1 0 1.8.2 2.5.5M15 12v5M12.5 14.5h5",
  trash: "M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5 6.2 16h7.6l.7-10.5",
  close: "M5 5l10 10M15 5 5 15",
  check: "M4.5 10.5 8 14l7.5-8",
  alert: "M10 6v5M10 13.8v.2M10 2.8 2.6 16h14.8L10 2.8Z",
  film: "M3.5 4.5h13v11h-13v-11ZM7 4.5v11M13 4.5v11M3.5 8H7M3.5 12H7M13 8h3.5M13 12h3.5",
  up: "M5 12.5 10 7l5 5.5",
  down: "M5 7.5 10 13l5-5.5",
  back: "M12 4.5 6.5 10l5.5 5.5",
  keyboard: "M2.8 5.5h14.4v9H2.8v-9ZM6 8.5v.1M9 8.5v.1M12 8.5v.1M14.5 8.5v.1M6.5 11.8h7",
  lock: "M5.5 9h9v7.2h-9V9ZM7.3 9V6.7a2.7 2.7 0 0 1 5.4 0V9",
  text: "M4.5 5h11M4.5 8.4h11M4.5 11.8h11M4.5 15.2h6.5",
  file: "M5.5 3.5h5.8l3.2 3.2v9.8h-9v-13ZM11.2 3.5v3.4h3.3",
  question: "M10 17.2a7.2 7.2 0 1 0 0-14.4 7.2 7.2 0 0 0 0 14.4ZM8 8.2a2 2 0 1 1 2.9 1.8c-.6.3-.9.7-.9 1.4M10 13.6v.1",
  task: "M4.5 4.5h11v11h-11v-11ZM7.3 10.2l2 2 3.6-4.4",
  list: "M4 5.5h.1M7.5 5.5H16M4 10h.1M7.5 10H16M4 14.5h.1M7.5 14.5H16",
  next: "M8 4.5 13.5 10 8 15.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name, filled = false }: { name: IconName; filled?: boolean }) {
  return (
    <svg className={filled ? "icon icon-filled" : "icon"} viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
