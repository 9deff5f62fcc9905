/** 线上解约: what either party of a signing can ask and answer. */
import { act, type Answer } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];

/** A termination as the page of the signing shows it. */
export type Termination = Schemas["TerminationBrief"];
export type TerminationAnswer = "accept" | "refuse" | "cancel" | "ask_help";

export interface Why {
  /** A code of the table termination_reason. */
  reason: string;
  note: string;
}

/** The code that says nothing by itself. */
export const OTHER = "other";

/** What keeps a request from being sent, as a sentence; null when nothing does. */
export function missing(why: Why): string | null {
  if (!why.reason) return "请选择解约原因。";
  if (why.reason === OTHER && !why.note.trim()) return "选了「其他」，请写明解约的原因。";
  return null;
}

/** Employers send no PIN: their log-in is their proof. */
export const askToEnd = (claim: string, why: Why, pin: string | null, key: string): Promise<Answer<Termination>> =>
  act("/terminations", { body: { claim_id: claim, reason: why.reason, note: why.note.trim() || null, pin }, key });

export const answerEnding = (
  it: Termination,
  answer: TerminationAnswer,
  body: Record<string, unknown>,
  key: string,
): Promise<Answer<Termination>> =>
  act(`/terminations/${encodeURIComponent(it.id)}/${answer.replace("_", "-")}`, { body, etag: `"${it.version}"`, key });

/** 请学校协助: one of the school's list, and the whole of it. */
export type AskingHelp = Schemas["AskingHelp"];
export type WholeTermination = Schemas["TerminationOut"];
export const askingHelpPath = "/terminations";
export const terminationPath = (id: string): string => `/terminations/${encodeURIComponent(id)}`;

export const settle = (
  id: string,
  outcome: "agreed" | "refused",
  note: string,
  etag: string | null,
  key: string,
): Promise<Answer<WholeTermination>> => act(`${terminationPath(id)}/settle`, { body: { outcome, note }, etag, key });
