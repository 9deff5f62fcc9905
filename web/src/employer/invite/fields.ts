/**
 * The agreement form as data: which fields, in which order, under which heading,
 * and what the person who fills it in is told. The server decides what is valid;
 * the limits here only spare a round trip.
 */
import type { FieldSpec as SharedFieldSpec } from "@/shared/field";
import type { CodeTable } from "./terms";

export interface FieldSpec extends SharedFieldSpec {
  table?: CodeTable;
}

export interface Section {
  key: string;
  title: string;
  note?: string;
  fields: FieldSpec[];
}

/** 档案、户口转递类型 that need a receiver: 1 签约单位、2 上级主管单位、3 托管单位. */
const RECEIVING = new Set(["1", "2", "3"]);
export const needsReceiver = (transfer: string): boolean => RECEIVING.has(transfer);

const JOB: Section = {
  key: "job",
  title: "岗位和待遇",
  fields: [
    { key: "position", label: "岗位名称", kind: "text", required: true, max: 50, placeholder: "例如 后端开发工程师" },
    { key: "position_category", label: "职位类别", kind: "code", table: "position_category", required: true },
    {
      key: "regular_pay_cents",
      label: "转正工资",
      kind: "money",
      unit: "元/月",
      placeholder: "例如 13000",
      hint: "税前，不含奖金和补贴",
    },
    { key: "probation_months", label: "试用期", aside: "选填，几个月", kind: "months", hint: "最长 6 个月，包含在合同期里" },
    {
      key: "probation_pay_cents",
      label: "试用工资",
      kind: "money",
      unit: "元/月",
      placeholder: "例如 10400",
      hint: "不低于转正工资的 80%",
    },
    {
      key: "penalty_cents",
      label: "违约金",
      kind: "money",
      unit: "元",
      placeholder: "没有约定就留空",
      hint: "毕业生会单独看到这一条",
    },
  ],
};

const START: Section = {
  key: "start",
  title: "报到",
  fields: [
    { key: "report_on", label: "报到时间", kind: "date" },
    {
      key: "report_place",
      label: "报到地点",
      kind: "text",
      max: 100,
      placeholder: "例如 杭州市滨江区江陵路 1760 号 A 座",
    },
    { key: "work_place", label: "实际工作地点", kind: "text", max: 100, placeholder: "例如 杭州 · 滨江区" },
  ],
};

const TRANSFER: Section = {
  key: "transfer",
  title: "档案和户口",
  note: "还没有定就选「暂不确定」，毕业前可以由毕业生再登记。",
  fields: [
    { key: "archive_transfer", label: "档案转递", kind: "choice", table: "transfer", required: true },
    {
      key: "archive_receiver.name",
      label: "档案接收单位",
      kind: "text",
      required: true,
      max: 100,
      placeholder: "有人事档案管理权限的单位或机构",
    },
    {
      key: "archive_receiver.address",
      label: "接收地址",
      kind: "text",
      required: true,
      max: 200,
      placeholder: "写到门牌号",
      hint: "地址不全，档案会被退回",
    },
    { key: "archive_receiver.postcode", label: "邮编", kind: "postcode", max: 6, placeholder: "6 位数字" },
    {
      key: "archive_receiver.contact",
      label: "接收部门或联系人",
      kind: "text",
      required: true,
      max: 30,
      hint: "不能是毕业生本人或家属",
    },
    { key: "archive_receiver.phone", label: "接收方电话", kind: "phone", required: true, max: 25 },
    { key: "hukou_transfer", label: "户口迁移", kind: "choice", table: "transfer", required: true },
    { key: "hukou_address", label: "户口迁移地址", kind: "text", required: true, max: 200, placeholder: "写到门牌号" },
  ],
};

const CONTACT: Section = {
  key: "contact",
  title: "联系人",
  note: "毕业生和学校有疑问时找他。",
  fields: [
    { key: "contact_name", label: "单位联系人", kind: "text", required: true, max: 30 },
    {
      key: "contact_mobile",
      label: "手机",
      aside: "与固定电话至少填一个",
      kind: "mobile",
      max: 11,
      placeholder: "11 位手机号",
    },
    {
      key: "contact_landline",
      label: "固定电话",
      aside: "与手机至少填一个",
      kind: "phone",
      max: 25,
      placeholder: "例如 0571-86001234",
    },
    { key: "contact_email", label: "邮箱", kind: "email", max: 100 },
  ],
};

const EMPLOYER: Section = {
  key: "employer",
  title: "用人单位",
  note: "名称和信用代码以单位账号登记的为准。",
  fields: [
    { key: "employer_name", label: "单位名称", kind: "locked", required: true },
    { key: "credit_code", label: "统一社会信用代码", kind: "locked", required: true },
    { key: "nature", label: "单位性质", kind: "code", table: "unit_nature", required: true },
    { key: "industry", label: "单位行业", kind: "code", table: "industry", required: true },
    { key: "region", label: "所在地区", kind: "region", required: true },
    { key: "address", label: "详细地址", kind: "text", required: true, max: 200, placeholder: "街道、门牌号" },
  ],
};

const MORE: Section = {
  key: "more",
  title: "补充约定",
  fields: [
    {
      key: "supplement",
      label: "协议补充内容",
      kind: "area",
      max: 1000,
      placeholder: "住宿、补贴、服务期等双方另外说好的事",
      hint: "会原样写进协议",
    },
  ],
};

export const SECTIONS: Section[] = [JOB, START, TRANSFER, MORE, CONTACT, EMPLOYER];
export const FIELDS: FieldSpec[] = SECTIONS.flatMap((section) => section.fields);

/** Fields that the answers so far make appear. */
export function isShown(key: string, form: Record<string, string>): boolean {
  if (key.startsWith("archive_receiver.")) return needsReceiver(form.archive_transfer ?? "");
  if (key === "hukou_address") return needsReceiver(form.hukou_transfer ?? "");
  if (key === "probation_pay_cents") return Number(form.probation_months) > 0;
  return true;
}
