import { call, type AnswerOf } from "@/api/client";

export type Begun = AnswerOf<"beginTotp">;

/** POST /users/me/totp: a secret, which counts once a code of it has been confirmed. */
export const beginTotp = (password: string): Promise<Begun> => call("beginTotp", { body: { password } });

/** POST /users/me/totp/confirm: switches it on; the recovery codes are shown this once. */
export async function confirmTotp(code: string): Promise<string[]> {
  return (await call("confirmTotp", { body: { code } })).recoveryCodes;
}

/** POST /users/me/recovery-codes: new ones in place of all before. */
export async function renewRecoveryCodes(password: string): Promise<string[]> {
  return (await call("renewRecoveryCodes", { body: { password } })).recoveryCodes;
}

/** DELETE /users/me/totp. */
export async function removeTotp(password: string): Promise<void> {
  await call("removeTotp", { body: { password } });
}
