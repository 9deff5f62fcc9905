/** What reviewers of college and school can ask and do. */
import { act, get, type Answer } from "./http";
import type { components } from "./schema";
import type { Editor, List, Time } from "./types";

type Schemas = components["schemas"];

/** One filing in the queue; `verdict` and `decided_at` only among those one decided. */
export type QueueItem = Schemas["QueueItem"];
export type QueueCounts = Schemas["QueueCounts"];
export type Proofs = Schemas["Proofs"];
export type Upload = Schemas["UploadOut"];
export type ChangeSet = Schemas["ChangeSet"];
/** What is wrong with one field. */
export type Mark = Schemas["MarkOut"];
export type BulkOutcome = Schemas["BulkOutcome"];
export type Compared = Schemas["Compared"];
export type NearUpload = Schemas["NearUpload"];
export type FormField = Schemas["FormField"];
export type FormSection = Schemas["FormSection"];
/** A filing with all that a decision needs. */
export type ReviewFiling = Schemas["FilingOut"];

export interface Wanted {
  kind?: string | undefined;
  college?: string | undefined;
  q?: string | undefined;
  overdue?: string | undefined;
  flagged?: string | undefined;
  sort?: string | undefined;
}

export const countsPath = "/reviews/counts";
export const filingPath = (id: string): string => `/filings/${encodeURIComponent(id)}`;

export function queuePath(wanted: Wanted & { decided?: "mine"; after?: string; limit?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `/reviews?${text}` : "/reviews";
}

/** Up to a hundred of the queue at once, for 批量通过. */
export const queueMany = async (wanted: Wanted, after: string | null): Promise<List<QueueItem>> =>
  (await get<List<QueueItem>>(queuePath({ ...wanted, limit: "100", ...(after ? { after } : {}) }))).data;

export const reasonsFor = async (kind: string, verdict: "return" | "reject"): Promise<string[]> =>
  (await get<{ items: string[] }>(`/reason-templates/${encodeURIComponent(kind)}?for=${verdict}`)).data.items;

export const hold = async (id: string): Promise<{ until: Time | null }> =>
  (await act<{ until: Time | null }>(`${filingPath(id)}/hold`, {})).data;

export const letGo = (id: string): Promise<Answer<void>> => act(`${filingPath(id)}/hold`, { method: "DELETE" });

interface Version {
  etag: string | null;
  key: string;
}

export const approve = (id: string, note: string, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/approve`, { body: note ? { note } : {}, ...version });

export const giveBack = (id: string, reason: string, marks: Mark[], version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/return`, { body: { reason: reason || null, marks }, ...version });

/** The form as the desk may correct it; `variant` asks for that of another type. */
export const editorOf = async (id: string, variant: string | null): Promise<Editor> =>
  (await get<Editor>(`${filingPath(id)}/editor${variant ? `?variant=${encodeURIComponent(variant)}` : ""}`)).data;

export interface Correction {
  variant: string | null;
  form: Record<string, unknown>;
  reason: string;
}

export const edit = (id: string, body: Correction, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/edit`, { body, ...version });

export const takeUp = (id: string, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/take-up`, { body: {}, ...version });

/** 批量通过, or with `dry` what it would do. */
export const approveMany = async (filings: { id: string; version: number }[], dry: boolean): Promise<BulkOutcome[]> =>
  (await act<{ items: BulkOutcome[] }>("/reviews/bulk-approve", { body: { filings, dry_run: dry } })).data.items;

export const reject = (id: string, reason: string, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/reject`, { body: { reason }, ...version });

export const colleges = async (): Promise<{ id: number; name: string }[]> =>
  (await get<{ items: { id: number; name: string }[] }>("/colleges")).data.items;
