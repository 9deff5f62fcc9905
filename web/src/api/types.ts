/**
 * What the API says, by the names the pages use. The only file that knows where the types come from:
 * once schema.ts is generated (`npm run api`), these become aliases of components["schemas"][…].
 */

/** RFC 3339, UTC. Pages show Beijing time. */
export type Time = string;
export type TurnOwner = "mine" | "others" | "done" | "lost";

/** Whose turn is it: heads every filing in every client. */
export interface Turn {
  who: TurnOwner;
  text: string;
  until: Time | null;
  since: Time | null;
  note: string | null;
}

export interface Step {
  label: string;
  state: "done" | "now" | "todo" | "lost";
}

export interface Action {
  action: string;
  label: string;
  possible: boolean;
  reason: string | null;
}

export interface Card {
  id: string;
  kind: string;
  state?: string;
  title: string;
  line: string;
  turn: Turn;
  steps: Step[];
  main_action: { label: string } | null;
  href: string;
}

export interface List<T> {
  items: T[];
  next: string | null;
}

export type Role = "graduate" | "employer" | "college" | "school";

export interface Account {
  id: string;
  role: Role;
  name: string;
  employer?: { id: string; name: string } | null;
  school?: { code: string; name: string } | null;
  college?: { id: string; name: string } | null;
}

export interface Session {
  access_token: string;
  expires_in: number;
  account: Account;
}

/** Whom to call; a school may have left parts empty. */
export interface Contact {
  office: string | null;
  phone: string | null;
  email?: string | null;
  hours?: string | null;
}

export interface School {
  code: string;
  name: string;
  contact: Contact;
}

export interface BaseField {
  key: string;
  label: string;
  value: string | null;
  corrected_by: "school" | "graduate";
}

export interface Me {
  name: string;
  school: School;
  base: { state: "uploaded" | "confirmed" | "changed"; fields: BaseField[] };
  pin_set: boolean;
  confirmed_at: Time | null;
  wechat: { bound: boolean; following: boolean };
}

export interface NameCard {
  card: string;
  url: string;
  expires_at: Time;
}

export type EntryKey = "destination" | "archive" | "hukou" | "confirmation" | "verification";

export interface Entry {
  key: EntryKey;
  title: string;
  open: boolean;
  note: string;
}

export interface Home {
  name: string;
  greeting_name: string;
  base_state?: "uploaded" | "confirmed" | "changed";
  standing: { text: string };
  open_invitations: number;
  view_only_invitations?: number;
  cards: Card[];
  entries: Entry[];
  unread: number;
}

export interface Term {
  key: string;
  label: string;
  value: string;
  note?: string | null;
}

/** One piece of the agreement's text: a party's particulars, the preamble, a numbered clause, or the parties' own. */
export interface Clause {
  kind: "party" | "preamble" | "clause" | "supplement";
  numeral: string;
  title: string;
  paragraphs: string[];
}

export interface HistoryEntry {
  at: Time;
  title: string;
  who: string | null;
  note: string | null;
}

export interface Agreement {
  id: string;
  number: string;
  number_grouped?: string;
  effective_at: Time | null;
}

/** What every view of an invitation or filing has in common. */
export interface Filing {
  id: string;
  kind: string;
  version: number;
  title: string;
  state: string;
  turn: Turn;
  steps: Step[];
  actions: Action[];
  history: HistoryEntry[];
  agreement: Agreement | null;
}

export interface Invitation extends Filing {
  employer: {
    name: string;
    credit_code: string;
    credit_code_checked: boolean;
    nature: string;
    industry: string;
    place: string;
    address: string;
    contact_name: string;
  };
  sent_by: { name: string; title?: string | null };
  sent_at: Time;
  respond_by: Time;
  terms: Term[];
  clauses: Clause[];
  terms_hash: string;
  /** The reason of a refusal, withdrawal or rejection, as its author wrote it. */
  reason?: string | null;
  others_open: number;
  /** How many filings wait before this one on the same desk. */
  before_it?: number;
  replaces_id: string | null;
  replaced_by_id?: string | null;
  help: Contact | null;
}

export interface AgreementLink {
  href: string;
  expires_at: Time;
}

export interface Message {
  id: string;
  title: string;
  body: string;
  turn_mark: TurnOwner;
  note: string | null;
  at: Time;
  read: boolean;
  href: string | null;
  delivery: { text: string | null } | null;
}

export interface MessageCounts {
  unread: number;
  mine: number;
  results: number;
}

/** A code table's row; regions nest three levels deep. */
export interface Code {
  code: string;
  name: string;
  children?: Code[];
}

export type Codes = Record<string, Code[]> & { regions: Code[] };
