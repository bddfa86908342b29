import { call, type AnswerOf } from "@/api/client";

export type Provider = AnswerOf<"listSignInProviders">[number];

/** GET /users/oidc: where else one may sign in. */
export const listProviders = (signal: AbortSignal): Promise<Provider[]> => call("listSignInProviders", { signal });
