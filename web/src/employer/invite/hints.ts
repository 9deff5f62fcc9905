/** What can be said about a field before asking the server. */
import { money } from "@/shared/format";
import { FIELDS, isShown, type FieldSpec } from "./fields";
import { centsOf } from "@/shared/money";
import type { TermsForm } from "./terms";

const MOBILE = /^1[3-9]\d{9}$/;
const LANDLINE = /^0\d{2,3}-?\d{7,8}(-\d{1,6})?$/;
const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

const SHAPES: Partial<Record<FieldSpec["kind"], [(text: string) => boolean, string]>> = {
  money: [(text) => Number.isInteger(centsOf(text)), "请填金额，最多两位小数，例如 13000"],
  mobile: [(text) => MOBILE.test(text), "手机号是 11 位数字，以 1 开头"],
  phone: [(text) => LANDLINE.test(text) || MOBILE.test(text), "请填 区号-号码，例如 0571-86001234，或手机号"],
  email: [(text) => EMAIL.test(text), "邮箱地址不完整"],
  postcode: [(text) => /^\d{6}$/.test(text), "邮编是 6 位数字"],
};

function hintFor(field: FieldSpec, text: string): string | null {
  if (text === "") {
    if (!field.required) return null;
    return field.table || field.kind === "region" ? `请选择${field.label}` : `请填写${field.label}`;
  }
  if (field.max && [...text].length > field.max) return `最多 ${field.max} 个字，现在 ${[...text].length} 个`;
  const shape = SHAPES[field.kind];
  return shape && !shape[0](text) ? shape[1] : null;
}

/** 试用工资 is at least 80 % of the agreed pay (劳动合同法第二十条). */
function payHint(form: TermsForm): string | null {
  const regular = centsOf(form.regular_pay_cents ?? "");
  const probation = centsOf(form.probation_pay_cents ?? "");
  if (!regular || probation === null || Number.isNaN(probation)) return null;
  return probation * 10 < regular * 8 ? `不能低于转正工资的 80%，即 ${money(Math.ceil((regular * 8) / 10))} 元` : null;
}

/** Field key → sentence, for every field that cannot be right as it stands; in form order. */
export function hintsFor(form: TermsForm): Record<string, string> {
  const hints: Record<string, string> = {};
  for (const field of FIELDS) {
    if (!isShown(field.key, form)) continue;
    const hint = hintFor(field, (form[field.key] ?? "").trim());
    if (hint) hints[field.key] = hint;
  }
  if (!form.contact_mobile?.trim() && !form.contact_landline?.trim()) {
    hints.contact_mobile = "手机和固定电话至少填一个";
  }
  const pay = isShown("probation_pay_cents", form) ? payHint(form) : null;
  if (pay) hints.probation_pay_cents ??= pay;
  return hints;
}
