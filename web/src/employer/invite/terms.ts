/** Between the form (text by field) and the terms the API takes. */
import type { Terms } from "@/api/employer";
import { FIELDS, isShown, type FieldSpec } from "./fields";
import { centsOf, yuanOf } from "@/shared/money";

export type CodeTable = "unit_nature" | "industry" | "position_category" | "transfer";

/** One text per field, keyed by the dotted path of the term. */
export type TermsForm = Record<string, string>;

const valueAt = (terms: Terms, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | null | undefined)?.[part], terms);

function asText(field: FieldSpec, value: unknown): string {
  if (value === null || value === undefined) return "";
  return field.kind === "money" ? yuanOf(Number(value)) : String(value);
}

/** The form for given terms; a field without a term is empty. */
export function formOf(terms: Terms): TermsForm {
  return Object.fromEntries(FIELDS.map((field) => [field.key, asText(field, valueAt(terms, field.key))]));
}

function asTerm(field: FieldSpec, text: string): unknown {
  if (text === "") return null;
  if (field.kind === "money") return centsOf(text);
  if (field.kind === "months") return Number(text);
  return text;
}

/** Terms for the API; what the answers hide is sent as null, never as a left-over. */
export function termsOf(form: TermsForm): Terms {
  const terms: Terms = { archive_receiver: null };
  for (const field of FIELDS) {
    const text = isShown(field.key, form) ? (form[field.key] ?? "").trim() : "";
    const [head = "", tail] = field.key.split(".");
    if (tail === undefined) terms[head] = asTerm(field, text);
    else if (isShown(field.key, form)) {
      terms[head] = { ...(terms[head] as object | null), [tail]: asTerm(field, text) };
    }
  }
  return terms;
}

/** The form's key for a problem's JSON pointer: /terms/archive_receiver/name → archive_receiver.name. */
export function fieldOfPointer(pointer: string): string {
  const key = pointer.replace(/^#?\/?(terms\/)?/, "").replaceAll("/", ".");
  return key === "archive_receiver" ? "archive_receiver.name" : key;
}

/** Keys whose value differs between two forms, in the order of the form. */
export function changedFields(before: TermsForm, after: TermsForm): string[] {
  const shown = (form: TermsForm, key: string) => (isShown(key, form) ? (form[key] ?? "").trim() : "");
  return FIELDS.map((field) => field.key).filter((key) => shown(before, key) !== shown(after, key));
}
