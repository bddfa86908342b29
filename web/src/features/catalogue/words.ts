/** How courses are put into words. */
import { span } from "@/lib/format";

interface Money {
  amount: string;
  currency: string;
}

/** "EUR 19.90" as this browser's user writes it; the amount is never counted with. */
export function priceOf({ price, free }: { price: Money; free: boolean }): string {
  if (free) return "Free";
  return new Intl.NumberFormat(undefined, { style: "currency", currency: price.currency }).format(Number(price.amount));
}

export const LEVELS: Readonly<Record<string, string>> = {
  beginner: "For beginners",
  intermediate: "Intermediate",
  advanced: "Advanced",
  all: "For everyone",
};

export const lengthOf = (seconds: number | null): string => (seconds ? span(seconds) : "");
