/** A field of a form as FormField draws it: which control, and what the person who fills it in is told. */
export type FieldKind =
  | "text"
  | "area"
  | "code"
  | "region"
  | "money"
  | "months"
  | "count"
  | "date"
  | "phone"
  | "mobile"
  | "email"
  | "postcode"
  | "choice"
  | "locked";

export interface FieldSpec {
  key: string;
  label: string;
  kind: FieldKind;
  required?: boolean;
  /** Said beside the label instead of 选填. */
  aside?: string;
  table?: string;
  max?: number;
  placeholder?: string;
  hint?: string;
  unit?: string;
}
