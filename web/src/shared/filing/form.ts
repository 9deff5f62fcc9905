/** A form as the server describes it, for FormField to draw: which fields apply, and values to and from what is typed. */
import type { Fault, FormField, FormPart } from "@/api/types";
import type { FieldKind, FieldSpec } from "@/shared/field";
import { centsOf, yuanOf } from "@/shared/money";

export type Values = Record<string, unknown>;

/** One field on the page; that of a group (档案接收信息) has the group's name before its own: `group/name`. */
export interface Drawn {
  key: string;
  field: FormField;
  spec: FieldSpec;
  /** The group's title, above its first field. */
  heading: string | null;
}

const FEW = 5; // choices that stand beside each other; more go into a sheet
const SHORT = 7; // characters of such a choice

const blankIsNull = (value: unknown): unknown => (typeof value === "string" && value.trim() === "" ? null : (value ?? null));

/** Whether the field is asked for, given the other values; null among the condition's values is "not answered yet". */
export function applies(field: FormField, values: Values): boolean {
  return field.when === null || (field.when.in as unknown[]).includes(blankIsNull(values[field.when.field]));
}

/** The fields of a step that are asked for now, groups opened up. `locked`: those that cannot be changed now. */
export function drawn(part: FormPart, values: Values, locked: string[] = []): Drawn[] {
  return part.fields.filter((field) => applies(field, values)).flatMap((field) => {
    const shut = field.readonly || locked.includes(field.name);
    if (field.widget !== "group") return [{ key: field.name, field, spec: specOf(field, field.name, shut), heading: null }];
    const inner = (values[field.name] ?? {}) as Values;
    return (field.fields ?? [])
      .filter((each) => applies(each, inner))
      .map((each, index) => {
        const key = `${field.name}/${each.name}`;
        return { key, field: each, spec: specOf(each, key, shut || each.readonly), heading: index === 0 ? field.label : null };
      });
  });
}

function specOf(field: FormField, key: string, locked: boolean): FieldSpec {
  const told = { max: field.longest, placeholder: field.placeholder, hint: field.hint, unit: field.unit?.trim() };
  const given = Object.fromEntries(Object.entries(told).filter(([, value]) => value !== null && value !== undefined));
  return { key, label: field.label, kind: locked ? "locked" : kindOf(field), required: field.required, ...given };
}

function kindOf(field: FormField): FieldKind {
  if (field.widget === "code") return beside(field) ? "choice" : "code";
  return (
    ({ multiline: "area", region: "region", date: "date", money: "money", integer: "count", switch: "choice",
       phone: "phone", email: "email", postcode: "postcode" } as Record<string, FieldKind>)[field.widget] ?? "text"
  );
}

const beside = (field: FormField): boolean =>
  (field.options?.length ?? 0) <= FEW && (field.options ?? []).every(({ name }) => name.length <= SHORT);

export function valueOf(values: Values, key: string): unknown {
  const [group = "", name] = key.split("/");
  return name === undefined ? values[group] : ((values[group] ?? {}) as Values)[name];
}

/** The values with one of them replaced. */
export function withValue(values: Values, key: string, value: unknown): Values {
  const [group = "", name] = key.split("/");
  if (name === undefined) return { ...values, [group]: value };
  return { ...values, [group]: { ...((values[group] ?? {}) as Values), [name]: value } };
}

/** What stands in the control. Money is kept in cents and typed in 元; what is no number stays as it was typed. */
export function typedOf(field: FormField, value: unknown): string {
  if (value === null || value === undefined) return "";
  if (field.widget === "money" && typeof value === "number") return yuanOf(value);
  if (field.widget === "switch") return value === true ? "yes" : "no";
  return String(value as string | number);
}

/** What is kept of what was typed; the server says what is wrong with it. */
export function keptOf(field: FormField, typed: string): unknown {
  if (typed.trim() === "") return null;
  if (field.widget === "switch") return typed === "yes";
  if (field.widget === "integer") return /^\s*\d{1,9}\s*$/.test(typed) ? Number(typed) : typed;
  if (field.widget === "credit_code") return typed.replace(/\s/g, "").toUpperCase();
  if (field.widget !== "money") return typed;
  const cents = centsOf(typed);
  return cents === null || Number.isNaN(cents) ? typed : cents;
}

/** Faults by field: `/form/archive_receiver/name` → `archive_receiver/name`, `/files/contract` → `files/contract`. */
export function byKey(faults: Fault[]): Record<string, string> {
  const found: Record<string, string> = {};
  for (const { pointer, detail } of faults) {
    const key = pointer.replace(/^\/(form\/)?/, "");
    found[key] ??= detail;
  }
  return found;
}

/** The fault of a field; one that is told of its whole group stands at the group's first field. */
export function faultAt(faults: Record<string, string>, { key, heading }: Drawn): string | null {
  const group = key.split("/")[0] ?? "";
  return faults[key] ?? (heading === null ? null : (faults[group] ?? null));
}
