/** Graduates as the offices know them, and what an office files on their behalf. */
import { act, type Answer } from "./http";
import type { components } from "./schema";
import type { Offers, OwnCard, OwnFiling } from "./types";

type Schemas = components["schemas"];

export type GraduateFound = Schemas["GraduateFound"];
/** Everything of one graduate. */
export type GraduatePage = Schemas["GraduatePage"];
export type FilingOfGraduate = Schemas["FilingOfGraduate"];
export type Void = Schemas["VoidedDestination"];
export type SchoolSettings = Schemas["SchoolSettings"];

export const graduatePath = (id: string): string => `/graduates/${encodeURIComponent(id)}`;
export const offersPath = (id: string): string => `${graduatePath(id)}/filing-kinds`;
export type { Offers, OwnCard };

/** By the beginning of a name, a student number or a whole ID number; it travels in the body, never in an address. */
export const find = async (q: string): Promise<GraduateFound[]> =>
  (await act<{ items: GraduateFound[] }>("/graduates/find", { body: { q } })).data.items;

export const beginFor = (graduate: string, kind: string, variant: string | null, key: string): Promise<Answer<OwnFiling>> =>
  act(`${graduatePath(graduate)}/filings`, { body: { kind, variant }, key });

export const assist = (filing: string, reason: string, version: number, key: string): Promise<Answer<void>> =>
  act(`/filings/${encodeURIComponent(filing)}/assist`, { body: { reason }, etag: `"${version}"`, key });
