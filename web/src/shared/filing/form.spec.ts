import { describe, expect, it } from "vitest";
import type { FormField, FormPart } from "@/api/types";
import { applies, byKey, drawn, faultAt, keptOf, typedOf, withValue } from "./form";

const blank = { hint: null, known: null, longest: null, options: null, placeholder: null, suggest: null, found: null, table: null, unit: null, when: null, fields: null };
const field = (name: string, more: Partial<FormField> = {}): FormField => ({ ...blank, name, label: name, widget: "text", required: true, readonly: false, ...more });
const part = (...fields: FormField[]): FormPart => ({ key: "one", title: "一", hint: null, fields });

describe("whether a field is asked for", () => {
  const code = field("credit_code", { when: { field: "nature", in: [null, "10"] } });

  it("takes null among the values as not answered yet", () => {
    expect(applies(code, {})).toBe(true);
    expect(applies(code, { nature: null })).toBe(true);
    expect(applies(code, { nature: "" })).toBe(true);
    expect(applies(code, { nature: "10" })).toBe(true);
    expect(applies(code, { nature: "40" })).toBe(false);
  });

  it("waits for the answer where null is not among the values", () => {
    expect(applies(field("url", { when: { field: "kind", in: ["shop"] } }), {})).toBe(false);
  });
});

describe("a group", () => {
  const receiver = field("receiver", { widget: "group", label: "接收", when: { field: "to", in: ["1"] }, fields: [field("name"), field("phone")] });

  it("opens into its fields, the first of which carries its title", () => {
    const found = drawn(part(field("to"), receiver), { to: "1" });
    expect(found.map(({ key, heading }) => [key, heading])).toEqual([["to", null], ["receiver/name", "接收"], ["receiver/phone", null]]);
    expect(drawn(part(field("to"), receiver), { to: "2" }).map(({ key }) => key)).toEqual(["to"]);
  });

  it("shows a fault of the whole at its first field", () => {
    const [, first, second] = drawn(part(field("to"), receiver), { to: "1" });
    const faults = byKey([{ pointer: "/form/receiver", detail: "请填写" }, { pointer: "/form/receiver/phone", detail: "不对" }, { pointer: "/files/paper", detail: "请上传" }]);
    expect(faultAt(faults, first!)).toBe("请填写");
    expect(faultAt(faults, second!)).toBe("不对");
    expect(faults["files/paper"]).toBe("请上传");
  });

  it("keeps its other fields when one is changed", () => {
    expect(withValue({ receiver: { name: "a" }, to: "1" }, "receiver/phone", "2")).toEqual({ receiver: { name: "a", phone: "2" }, to: "1" });
    expect(withValue({ receiver: null }, "receiver/name", "a")).toEqual({ receiver: { name: "a" } });
  });
});

describe("what is typed and what is kept", () => {
  it("keeps money in cents, and what is no amount as it was typed", () => {
    const pay = field("pay", { widget: "money" });
    expect(keptOf(pay, "13,000.5")).toBe(1300050);
    expect(keptOf(pay, "一万")).toBe("一万");
    expect(typedOf(pay, 1300050)).toBe("13000.5");
    expect(typedOf(pay, "一万")).toBe("一万");
    expect(keptOf(pay, " ")).toBeNull();
  });

  it("keeps whole numbers and yes or no as such", () => {
    expect(keptOf(field("n", { widget: "integer" }), "12")).toBe(12);
    expect(keptOf(field("n", { widget: "integer" }), "1.5")).toBe("1.5");
    expect(keptOf(field("s", { widget: "switch" }), "no")).toBe(false);
    expect(typedOf(field("s", { widget: "switch" }), false)).toBe("no");
  });

  it("writes a credit code in capitals without gaps", () => {
    expect(keptOf(field("c", { widget: "credit_code" }), "91330212 ma7xd9r6h7")).toBe("91330212MA7XD9R6H7");
  });
});

describe("the control", () => {
  const options = (...names: string[]) => names.map((name, index) => ({ code: String(index), name }));
  const kind = (more: Partial<FormField>) => drawn(part(field("f", more)), {})[0]!.spec.kind;

  it("puts few short choices beside each other and others into a sheet", () => {
    expect(kind({ widget: "code", options: options("全日制", "非全日制") })).toBe("choice");
    expect(kind({ widget: "code", options: options("一个很长很长的选项名称", "短") })).toBe("code");
    expect(kind({ widget: "code", options: options("1", "2", "3", "4", "5", "6") })).toBe("code");
  });

  it("locks what is not the graduate's to change", () => {
    expect(kind({ widget: "text", readonly: true })).toBe("locked");
  });
});
