/** What an employer can ask and do. */
import { act, type Answer } from "./http";
import type { components } from "./schema";
import type { Card, Invitation } from "./types";

type Schemas = components["schemas"];

/** 协议条款 as the API takes and gives them: nested, amounts in cents, absent values null. */
export type Terms = Record<string, unknown>;
/** Somebody found, known to this employer for half an hour by `graduate.ref`. */
export type Lookup = Schemas["LookupOut"];
export type FoundGraduate = Schemas["FoundGraduate"];
/** The employer's own data, and the form as far as these fill it. */
export type EmployerProfile = Schemas["EmployerMe"];
export type Preview = Schemas["PreviewOut"];
/** How the notice to the graduate fared; `look` asks the employer to ring. */
export type Delivery = Schemas["Delivery"];
export type Invitee = Schemas["GraduateBrief"];
export type InvitationCounts = Schemas["InvitationCounts"];
export type Group = "waiting" | "review" | "signed" | "ended";

/** An employer's cards and invitations always carry the graduate; an invitation also the form as it was sent. */
export type InvitationCard = Card & { graduate: Invitee };
export type EmployerInvitation = Invitation & { graduate: Invitee; form: Terms };

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
