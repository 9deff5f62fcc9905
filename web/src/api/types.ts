/**
 * What the API says, by the names the pages use. The one file that knows the types are made from the API's own
 * description (`npm run api` writes schema.ts from docs/openapi.json).
 */
import type { components } from "./schema";

type Schemas = components["schemas"];

/** RFC 3339, UTC. Pages show Beijing time. */
export type Time = string;

/** A page of a list; `next` is the cursor of the following one. */
export interface List<T> {
  items: T[];
  next: string | null;
}

export type Session = Schemas["SessionOut"];
export type Account = Schemas["AccountOut"];
export type Role = Account["role"];

/** Whose turn is it: heads every filing in every client. */
export type Turn = Schemas["Turn"];
export type TurnOwner = Turn["who"];
export type Step = Schemas["StepMark"];
export type Action = Schemas["Action"];
export type Card = Schemas["Card"];
/** A graduate's own filing as lists show it. */
export type OwnCard = Schemas["FilingCard"];
/** What any filing's card shows, whoever filed it. */
export type FilingCard = Pick<Card, "id" | "href" | "title" | "line" | "turn" | "steps"> & { main_action: { label?: string } | null };
/** A graduate's own filing, and its form while one may work on it. */
export type OwnFiling = Schemas["OwnFiling"];
export type Editor = Schemas["Editor"];
export type FormPart = Schemas["SectionOut"];
export type FormField = Schemas["FieldOut"];
export type Fault = Schemas["Fault"];
export type ProofItem = Schemas["ItemOut"];
export type Upload = Schemas["UploadOut"];
export type OfferedKind = Schemas["Offered"];
export type Offers = Schemas["OfferedList"];
/** 档案 or 户口: what holds, what is under way, what could be done. */
export type Transfer = Schemas["TransferPage"];
/** 毕业去向分类及标准 of a class. */
export type Standard = Schemas["Destinations"];
export type DestinationType = Schemas["DestinationType"];
export type Term = Schemas["Term"];
/** One piece of the agreement's text: a party's particulars, the preamble, a numbered clause, or the parties' own. */
export type Clause = Schemas["ClauseOut"];
export type HistoryEntry = Schemas["HistoryLine"];
/** An employer that signs online, to complete a form. */
export type KnownEmployer = Schemas["KnownEmployer"];
/** 协助回传: how the link stands, how it reaches the employer, and the link itself, told once. */
export type LinkStanding = Schemas["ReturnLinkStanding"];
export type LinkWay = Schemas["LinkWay"];
export type LinkIssued = Schemas["ReturnLinkIssued"];
export type Agreement = Schemas["AgreementBrief"];
export type AgreementLink = Schemas["Link"];
/** Whom to call. */
export type Contact = Schemas["Contact"];
export type School = Schemas["SchoolOut"];

export type Me = Schemas["Me"];
export type BaseField = Schemas["BaseField"];
export type NameCard = Schemas["NameCard"];
/** A code that binds a WeChat, how far it has come, and what its scanner is shown. */
export type BindingCode = Schemas["BindingCode"];
export type BindingStanding = Schemas["BindingStanding"];
export type BindingAsked = Schemas["BindingAsked"];
export type Home = Schemas["Home"];
export type Entry = Schemas["Entry"];
export type Invitation = Schemas["InvitationOut"];

/** What every view of an invitation or filing has in common. */
export type Filing = Pick<
  Invitation,
  "id" | "kind" | "version" | "title" | "state" | "turn" | "steps" | "actions" | "history" | "agreement"
>;

export type Message = Schemas["MessageOut"];
export type MessageCounts = Schemas["MessageCounts"];

/** A code table's row; regions nest three levels deep. */
export type Code = Schemas["CodeEntry"] & { children?: Code[] };
export type Codes = Schemas["Codes"];
