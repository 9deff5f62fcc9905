/**
 * What this phone keeps between visits: one unfinished form and a few named sets of terms
 * (「上次的条款」), per employer. Only terms are kept: never a graduate's name, number or reference.
 */
import { FIELDS } from "./fields";
import type { TermsForm } from "./terms";

const KEPT_TEMPLATES = 8;
const KEYS = new Set(FIELDS.map((field) => field.key));

export interface SavedForm {
  name: string;
  form: TermsForm;
  savedAt: string;
}

interface Kept {
  draft: SavedForm | null;
  templates: SavedForm[];
}

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem">;

const keyOf = (employer: string): string => `quxiang.terms.${employer}`;

/** Only the agreement's own fields pass; anything else a caller adds is dropped. */
const termsOnly = (form: TermsForm): TermsForm =>
  Object.fromEntries(Object.entries(form).filter(([key]) => KEYS.has(key)));

function read(store: Store, employer: string): Kept {
  try {
    const kept = JSON.parse(store.getItem(keyOf(employer)) ?? "null") as Partial<Kept> | null;
    return { draft: kept?.draft ?? null, templates: kept?.templates ?? [] };
  } catch {
    return { draft: null, templates: [] };
  }
}

function write(store: Store, employer: string, kept: Kept): boolean {
  try {
    store.setItem(keyOf(employer), JSON.stringify(kept));
    return true;
  } catch {
    return false; // private windows and full stores: the form still works, it is just not kept
  }
}

export const draftOf = (store: Store, employer: string): SavedForm | null => read(store, employer).draft;
export const templatesOf = (store: Store, employer: string): SavedForm[] => read(store, employer).templates;

/** Keeps the unfinished form; false when this browser keeps nothing. */
export function keepDraft(store: Store, employer: string, form: TermsForm, now: Date): boolean {
  const draft = { name: form.position ?? "", form: termsOnly(form), savedAt: now.toISOString() };
  return write(store, employer, { ...read(store, employer), draft });
}

export function dropDraft(store: Store, employer: string): void {
  write(store, employer, { ...read(store, employer), draft: null });
}

/** Keeps terms that were sent, newest first; the same job replaces its older set. */
export function keepTemplate(store: Store, employer: string, form: TermsForm, now: Date): void {
  const name = form.position?.trim() || "未命名岗位";
  const kept = read(store, employer);
  const saved = { name, form: termsOnly(form), savedAt: now.toISOString() };
  const others = kept.templates.filter((template) => template.name !== name);
  write(store, employer, { ...kept, templates: [saved, ...others].slice(0, KEPT_TEMPLATES) });
}

export function dropTemplate(store: Store, employer: string, name: string): void {
  const kept = read(store, employer);
  write(store, employer, { ...kept, templates: kept.templates.filter((one) => one.name !== name) });
}

export function forgetAll(store: Store, employer: string): void {
  store.removeItem(keyOf(employer));
}
