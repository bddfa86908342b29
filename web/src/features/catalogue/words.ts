/** How courses are put into words. */
import { span } from "@/lib/format";
import type { IconName } from "@/components/icon";
import type { LessonCard } from "./api/get-curriculum";

interface Money {
  amount: string;
  currency: string;
}

/** "EUR 19.90" as this browser's user writes it; the amount is never counted with. */
export function priceOf({ price, free }: { price: Money; free: boolean }): string {
  if (free) return "Free";
  return new Intl.NumberFormat(undefined, { style: "currency", currency: price.currency }).format(Number(price.amount));
}

export const LEVELS = {
  beginner: "For beginners",
  intermediate: "Intermediate",
  advanced: "Advanced",
  all: "For everyone",
} as const;

export const KINDS: Readonly<Record<LessonCard["kind"], { name: string; icon: IconName }>> = {
  video: { name: "Video", icon: "play" },
  text: { name: "Text", icon: "text" },
  file: { name: "File", icon: "file" },
  quiz: { name: "Quiz", icon: "question" },
  assignment: { name: "Assignment", icon: "task" },
};

export const lengthOf = (seconds: number | null): string => (seconds ? span(seconds) : "");

/** How long a lesson takes: its video, or what its author says. */
export const lessonLength = ({ durationS, minutes }: Pick<LessonCard, "durationS" | "minutes">): string =>
  lengthOf(durationS ?? (minutes ?? 0) * 60);

/** "12 October 2027" in the words of this browser's user. */
export const dayOf = (moment: string): string => new Date(moment).toLocaleDateString(undefined, { dateStyle: "long" });

/** "Opens 7 days after enrolling". */
export const openingAfter = (days: number): string => `Opens ${days === 1 ? "a day" : `${days} days`} after enrolling`;

/** Why a lesson that is closed is closed, in few words. */
export function lockOf({ lockedReason, opensAt, opensAfterDays }: LessonCard): string {
  if (opensAt && Date.parse(opensAt) > Date.now()) return `Opens on ${dayOf(opensAt)}`;
  if (lockedReason === "prerequisites") return "Opens after the lessons before it";
  if (lockedReason === "not_entitled") return "Your access has ended";
  if (opensAfterDays) return openingAfter(opensAfterDays);
  return "Opens when you enrol";
}
