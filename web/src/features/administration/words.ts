/** Roles and states in the words of an admin. */
import type { schemas } from "@/api/schema";

export type Role = schemas["Role"];
export type State = schemas["AccountView"]["state"];

export const ROLES: readonly (readonly [Role, label: string, means: string])[] = [
  ["learner", "Learner", "Takes courses."],
  ["instructor", "Instructor", "Makes courses and videos."],
  ["admin", "Admin", "Decides about people, courses and everything else."],
  ["operator", "Operator", "Looks after queues, workers and mail."],
];

export const STATES: Readonly<Record<State, { label: string; tone: "good" | "bad" | "quiet" }>> = {
  active: { label: "Active", tone: "good" },
  suspended: { label: "Suspended", tone: "bad" },
  deleted: { label: "Deleted", tone: "quiet" },
};

export const roleName = (role: string): string => ROLES.find(([name]) => name === role)?.[1] ?? role;
