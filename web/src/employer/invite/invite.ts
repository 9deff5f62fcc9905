/**
 * The invitation being written, shared by the steps. It lives in memory only: the graduate is forgotten with the
 * page, the terms come back from the draft.
 */
import { computed, reactive } from "vue";
import type { EmployerInvitation, Lookup, Preview } from "@/api/employer";
import type { Problem } from "@/api/problem";
import { fieldOfPointer, formOf, changedFields, type TermsForm } from "./terms";
import { FIELDS } from "./fields";

interface Replaced {
  id: string;
  etag: string | null;
  graduate: EmployerInvitation["graduate"];
  before: TermsForm;
}

interface Invite {
  /** Whom to look up again, known from an earlier invitation. Never in an address. */
  wantedName: string;
  found: Lookup | null;
  replaced: Replaced | null;
  form: TermsForm;
  /** YYYY-MM-DD, empty until chosen. */
  respondOn: string;
  preview: Preview | null;
  /** Something was typed or taken over, so that there is something to keep. */
  touched: boolean;
  /** What the server said about fields, by form key. */
  refused: Record<string, string>;
}

const fresh = (): Invite => ({
  wantedName: "",
  found: null,
  replaced: null,
  form: Object.fromEntries(FIELDS.map((field) => [field.key, ""])),
  respondOn: "",
  preview: null,
  touched: false,
  refused: {},
});

const invite = reactive<Invite>(fresh());

export const useInvite = (): Invite => invite;

/** Who the invitation goes to: someone just found, or the one of the invitation being replaced. */
export const invitee = computed(() => invite.replaced?.graduate ?? invite.found?.graduate ?? null);

/** What a replacing invitation changes, in the order of the form. */
export const changed = computed(() => (invite.replaced ? changedFields(invite.replaced.before, invite.form) : []));

/** Fills what is still empty from the employer's own data; name and credit code are always theirs. */
export function fillFrom(defaults: TermsForm): void {
  for (const [key, value] of Object.entries(defaults)) {
    if (!invite.form[key] || key === "employer_name" || key === "credit_code") invite.form[key] = value;
  }
}

/** Takes over kept terms; who the employer is stays as it is. */
export function reuse(kept: TermsForm): void {
  const { employer_name, credit_code } = invite.form;
  Object.assign(invite.form, kept, { employer_name, credit_code });
  invite.touched = true;
}

/** A new invitation; `keep` goes on with the same terms, `name` for a graduate invited before. */
export function startOver(keep?: TermsForm, name = ""): void {
  Object.assign(invite, fresh(), { wantedName: name });
  if (keep) Object.assign(invite.form, keep);
  invite.touched = Boolean(keep);
}

/** 撤回并重发: the same graduate, the terms as they were sent. */
export function startReplacing(sent: EmployerInvitation, etag: string | null): void {
  const before = formOf(sent.form);
  Object.assign(invite, fresh(), {
    form: { ...before },
    replaced: { id: sent.id, etag, graduate: sent.graduate, before },
  });
}

/** Keeps a refusal's field errors; true when at least one belongs to a field of the form. */
export function takeRefusal(problem: Problem): boolean {
  const known = new Set(FIELDS.map((field) => field.key));
  invite.refused = {};
  for (const { pointer, detail } of problem.errors) {
    const key = fieldOfPointer(pointer);
    if (known.has(key)) invite.refused[key] ??= detail;
  }
  return Object.keys(invite.refused).length > 0;
}
