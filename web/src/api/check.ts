/** What anybody may ask about an agreement: whether it is ours and whether it holds. */
import { act } from "./http";
import type { Time } from "./types";

export interface AgreementCheck {
  /** In force, and made for the text on record. The signature is good whenever there is an answer. */
  valid: boolean;
  number: string;
  number_grouped: string;
  state: string;
  state_text: string;
  /** Masked: 「林**」. */
  graduate: string;
  school: string;
  /** Masked: 「杭州****公司」. */
  employer: string;
  effective_on: string;
  checked_at: Time;
  terms_hash_matches: boolean;
}

export const keysPath = "/api/v1/public/keys";

export const checkAgreement = async (token: string): Promise<AgreementCheck> =>
  (await act<AgreementCheck>("/public/agreement-checks", { body: { token } })).data;
