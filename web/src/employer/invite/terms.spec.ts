import type { Terms } from "@/api/employer";
import { describe, expect, it } from "vitest";
import { hintsFor } from "./hints";
import { centsOf, yuanOf } from "@/shared/money";
import { changedFields, fieldOfPointer, formOf, termsOf } from "./terms";

const terms: Terms = {
  employer_name: "杭州远岸数据科技有限公司",
  credit_code: "91330108MA2XXXXX0Q",
  nature: "39",
  industry: "34",
  region: "330108",
  address: "江陵路 1760 号",
  position_category: "13",
  position: "后端开发工程师",
  contact_name: "周敏",
  contact_landline: null,
  contact_mobile: "13800000001",
  contact_email: null,
  probation_months: 3,
  probation_pay_cents: 1040050,
  regular_pay_cents: 1300000,
  penalty_cents: 500000,
  report_place: null,
  report_on: "2026-07-06",
  work_place: "杭州 · 滨江区",
  archive_transfer: "3",
  archive_receiver: {
    name: "滨江区人才中心",
    address: "泰安路 200 号",
    postcode: null,
    contact: "档案科",
    phone: "0571-86001234",
  },
  hukou_transfer: "9",
  hukou_address: null,
  supplement: null,
};

describe("the form of an agreement", () => {
  it("gives back the terms it was made from", () => {
    expect(termsOf(formOf(terms))).toEqual(terms);
  });

  it("sends nothing that the answers hide", () => {
    const form = { ...formOf(terms), archive_transfer: "9", probation_months: "0", hukou_address: "某路 1 号" };
    const sent = termsOf(form);
    expect(sent.archive_receiver).toBeNull();
    expect(sent.probation_pay_cents).toBeNull();
    expect(sent.hukou_address).toBeNull();
    expect(sent.probation_months).toBe(0);
  });

  it("finds the field that a server error points at", () => {
    expect(fieldOfPointer("/terms/credit_code")).toBe("credit_code");
    expect(fieldOfPointer("/terms/archive_receiver/name")).toBe("archive_receiver.name");
    expect(fieldOfPointer("/terms/archive_receiver")).toBe("archive_receiver.name");
    expect(fieldOfPointer("/respond_on")).toBe("respond_on");
  });

  it("names what a new version changes, and only that", () => {
    const before = formOf(terms);
    const after = { ...before, regular_pay_cents: "14000", archive_transfer: "9", position: " 后端开发工程师 " };
    expect(changedFields(before, after)).toEqual([
      "regular_pay_cents",
      "archive_transfer",
      "archive_receiver.name",
      "archive_receiver.address",
      "archive_receiver.contact",
      "archive_receiver.phone",
    ]);
  });
});

describe("money as people type it", () => {
  it.each([
    ["13000", 1300000],
    ["13,000", 1300000],
    ["１３０００", 1300000],
    ["10400.5", 1040050],
    ["0.29", 29],
    ["5,000 元", 500000],
    ["", null],
  ])("reads %s as %s cents", (typed, cents) => {
    expect(centsOf(typed)).toBe(cents);
  });

  it.each(["一万三", "13k", "12.345", "-1", "1e4"])("does not guess at %s", (typed) => {
    expect(centsOf(typed)).toBeNaN();
  });

  it("shows cents as 元 without rounding", () => {
    expect(yuanOf(1040050)).toBe("10400.5");
    expect(yuanOf(null)).toBe("");
  });
});

describe("hints before sending", () => {
  it("has nothing to say about complete terms", () => {
    expect(hintsFor(formOf(terms))).toEqual({});
  });

  it("asks for one of the two phones", () => {
    const form = { ...formOf(terms), contact_mobile: "" };
    expect(hintsFor(form).contact_mobile).toBe("手机和固定电话至少填一个");
    expect(hintsFor({ ...form, contact_landline: "0571-86001234" })).toEqual({});
  });

  it("asks for the receiver only where one is needed", () => {
    const form = { ...formOf(terms), "archive_receiver.name": "", hukou_transfer: "1" };
    expect(Object.keys(hintsFor(form))).toEqual(["archive_receiver.name", "hukou_address"]);
    expect(Object.keys(hintsFor({ ...form, archive_transfer: "4", hukou_transfer: "4" }))).toEqual([]);
  });

  it("counts characters as people do", () => {
    const form = { ...formOf(terms), position: "𠮷".repeat(50) };
    expect(hintsFor(form)).toEqual({});
    expect(hintsFor({ ...form, position: "𠮷".repeat(51) }).position).toBe("最多 50 个字，现在 51 个");
  });

  it("asks for four fifths of the agreed pay in probation, where there is one", () => {
    const form = { ...formOf(terms), probation_pay_cents: "10000" };
    expect(hintsFor(form)).toEqual({ probation_pay_cents: "不能低于转正工资的 80%，即 10,400 元" });
    expect(hintsFor({ ...form, probation_months: "0" })).toEqual({});
  });
});
