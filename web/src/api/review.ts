/** What reviewers of college and school can ask and do. */
import { act, get, type Answer } from "./http";
import type { DeedClause } from "./employer";
import type { Filing, List, Time } from "./types";

export interface QueueItem {
  filing_id: string;
  kind: string;
  kind_name: string;
  graduate: { name: string; student_no: string; college: string; major: string; degree: string };
  title: string;
  line: string;
  since: Time;
  round: number;
  holder: { name: string } | null;
  due_on: string | null;
  overdue: boolean;
  /** Only on what I decided lately: 「通过」「不通过」. */
  verdict?: string | null;
  decided_at?: Time | null;
}

export interface QueueCounts {
  total: number;
  by_kind: Record<string, number>;
  overdue: number;
  done_today: number;
}

export interface FormField {
  key: string;
  label: string;
  value: string | null;
  checked?: string | null;
}

export interface FormSection {
  section: string;
  fields: FormField[];
}

export interface ReviewFiling extends Filing {
  kind_name: string;
  graduate: {
    name: string;
    student_no: string;
    college: string;
    major: string;
    degree: string;
    graduates_on: string | null;
    phone_masked: string | null;
    id_number_masked: string | null;
  };
  form: FormSection[];
  clauses: DeedClause[];
  round: number;
  hold: { by: string; until: Time; mine?: boolean } | null;
}

export interface Wanted {
  kind?: string | undefined;
  college?: string | undefined;
  q?: string | undefined;
}

export const countsPath = "/reviews/counts";
export const filingPath = (id: string): string => `/filings/${encodeURIComponent(id)}`;

export function queuePath(wanted: Wanted & { decided?: "mine"; after?: string }): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) query.set(name, value);
  const text = query.toString();
  return text ? `/reviews?${text}` : "/reviews";
}

export const queueAfter = async (wanted: Wanted, after: string): Promise<List<QueueItem>> =>
  (await get<List<QueueItem>>(queuePath({ ...wanted, after }))).data;

export const reasonsFor = async (kind: string): Promise<string[]> =>
  (await get<{ items: string[] }>(`/reason-templates/${encodeURIComponent(kind)}`)).data.items;

export const hold = async (id: string): Promise<{ until: Time | null }> =>
  (await act<{ until: Time | null }>(`${filingPath(id)}/hold`, {})).data;

export const letGo = (id: string): Promise<Answer<void>> => act(`${filingPath(id)}/hold`, { method: "DELETE" });

interface Version {
  etag: string | null;
  key: string;
}

export const approve = (id: string, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/approve`, { body: {}, ...version });

export const reject = (id: string, reason: string, version: Version): Promise<Answer<ReviewFiling>> =>
  act(`${filingPath(id)}/reject`, { body: { reason }, ...version });

export const colleges = async (): Promise<{ id: number; name: string }[]> =>
  (await get<{ items: { id: number; name: string }[] }>("/colleges")).data.items;
