/** What anybody may ask about an agreement: whether it is ours and whether it holds. */
import { act } from "./http";
import type { components } from "./schema";

/** Masked. `valid`: in force, and made for the text on record; the signature is good whenever there is an answer. */
export type AgreementCheck = components["schemas"]["AgreementCheck"];

export const keysPath = "/api/v1/public/keys";

export const checkAgreement = async (token: string): Promise<AgreementCheck> =>
  (await act<AgreementCheck>("/public/agreement-checks", { body: { token } })).data;
