/** What an employer can ask and do. */
import { act, type Answer } from "./http";
import type { Action, Card, Filing, Term, Time } from "./types";

/** 协议条款 as the API takes and gives them: nested, amounts in cents, absent values null. */
export type Terms = Record<string, unknown>;

/** One piece of the agreement's text: a party's particulars, the preamble, a numbered clause or the parties' own. */
export interface DeedClause {
  kind: "party" | "preamble" | "clause" | "supplement";
  numeral: string;
  title: string;
  paragraphs: string[];
}

/** Somebody found, known to this employer for half an hour by `ref`. */
export interface FoundGraduate {
  ref: string;
  name: string;
  school: string;
  college: string;
  major: string;
  degree: string;
  graduates_on: string | null;
  by: "card" | "name_and_id";
}

export interface Lookup {
  graduate: FoundGraduate;
  can_invite: boolean;
  reason: string | null;
  max_days: number;
  default_days: number;
}

export interface EmployerProfile {
  employer: {
    id: string;
    name: string;
    credit_code: string;
    nature: string | null;
    industry: string | null;
    region: string | null;
    address: string | null;
    contact_name?: string | null;
    contact_mobile?: string | null;
    contact_landline?: string | null;
    contact_email?: string | null;
  };
  /** The form as far as the employer's own data fill it. */
  defaults: Terms;
}

export interface Preview {
  glance: Term[];
  clauses: DeedClause[];
  terms_hash: string;
}

/** How the notice to the graduate fared; `look` asks the employer to ring. */
export interface Delivery {
  state: string;
  text: string;
  tone: "ok" | "look" | "wait";
}

export interface Invitee {
  name: string;
  school: string;
  college?: string | null;
  major: string;
  degree: string;
}

export type Group = "waiting" | "review" | "signed" | "ended";

export interface InvitationCard extends Card {
  state: string;
  version?: number;
  actions?: Action[];
  graduate: Invitee;
  delivery: Delivery | null;
}

export interface InvitationCounts {
  waiting: number;
  due_today: number;
  review: number;
  signed: number;
  ended: number;
}

export interface EmployerInvitation extends Filing {
  line?: string;
  graduate: Invitee;
  delivery: Delivery | null;
  sent_by: { name: string; title?: string | null };
  sent_at: Time;
  respond_by: Time;
  terms: Term[];
  form: Terms;
  clauses: DeedClause[];
  terms_hash: string;
  opened_at?: Time | null;
  /** Why it came to nothing: the graduate's, the reviewer's or our own words. */
  reason?: string | null;
  replaces_id: string | null;
  replaced_by_id?: string | null;
  help: { office: string; phone: string } | null;
}

export type Wanted = { name: string; id_number: string } | { card: string };

export const listPath = (group: Group): string => `/invitations?group=${group}`;
export const countsPath = "/invitations/counts";
export const invitationPath = (id: string): string => `/invitations/${encodeURIComponent(id)}`;
export const profilePath = "/employer/me";

export const findGraduate = async (wanted: Wanted): Promise<Lookup> =>
  (await act<Lookup>("/graduate-lookups", { body: wanted })).data;

/** For somebody just found, or for the graduate of an invitation that is to be replaced. */
export type PreviewFor = { graduate_ref: string } | { invitation_id: string };

export const previewOf = async (who: PreviewFor, terms: Terms): Promise<Preview> =>
  (await act<Preview>("/agreement-previews", { body: { ...who, terms } })).data;

export const invite = (
  graduateRef: string,
  terms: Terms,
  respondOn: string,
  key: string,
): Promise<Answer<EmployerInvitation>> =>
  act("/invitations", { body: { graduate_ref: graduateRef, terms, respond_on: respondOn }, key });

interface Version {
  etag: string | null;
  key: string;
}

export const withdraw = (id: string, reason: string | null, version: Version): Promise<Answer<EmployerInvitation>> =>
  act(`${invitationPath(id)}/withdraw`, { body: { reason }, ...version });

export const extend = (id: string, respondOn: string, version: Version): Promise<Answer<EmployerInvitation>> =>
  act(`${invitationPath(id)}/extend`, { body: { respond_on: respondOn }, ...version });

export const replace = (
  id: string,
  terms: Terms,
  respondOn: string,
  version: Version,
): Promise<Answer<EmployerInvitation>> =>
  act(`${invitationPath(id)}/replace`, { body: { terms, respond_on: respondOn }, ...version });
