import { describe, expect, it } from "vitest";
import { merge, sameContent, type Content } from "./merge";

const content = (values: Content["values"], files: Content["files"] = {}): Content => ({ variant: null, values, files });

describe("two versions of a form", () => {
  it("keep what was touched here and take everything else from the server", () => {
    const { content: merged, replaced } = merge(
      content({ name: "甲", place: "杭州", note: null }),
      content({ name: "甲公司", place: "杭州", note: null }),
      content({ name: "乙", place: "宁波", note: null }),
    );
    expect(merged.values).toEqual({ name: "甲公司", place: "宁波", note: null });
    expect(replaced).toEqual(["place"]);
  });

  it("merge the fields of a group one by one", () => {
    const { content: merged, replaced } = merge(
      content({ to: { name: "a", phone: "1" } }),
      content({ to: { name: "b", phone: "1" } }),
      content({ to: { name: "a", phone: "2" } }),
    );
    expect(merged.values).toEqual({ to: { name: "b", phone: "2" } });
    expect(replaced).toEqual(["to/phone"]);
  });

  it("say nothing of what is the same on both sides", () => {
    expect(merge(content({ a: 1 }), content({ a: 2 }), content({ a: 2 })).replaced).toEqual([]);
  });

  it("keep a field that was emptied here", () => {
    expect(merge(content({ a: "x" }), content({ a: null }), content({ a: "y" })).content.values).toEqual({ a: null });
  });

  it("treat each item of proof as a field", () => {
    const base = content({}, { paper: ["1"], card: ["5"] });
    const { content: merged, replaced } = merge(base, content({}, { paper: ["1", "2"], card: ["5"] }), content({}, { paper: ["1"], card: ["6"] }));
    expect(merged.files).toEqual({ paper: ["1", "2"], card: ["6"] });
    expect(replaced).toEqual(["files/card"]);
  });

  it("let go of proofs that were taken away here", () => {
    const base = content({}, { paper: ["1"] });
    expect(merge(base, content({}, {}), content({}, { paper: ["1"] })).content.files).toEqual({});
  });

  it("are the same whatever the order of their fields", () => {
    expect(sameContent(content({ a: 1, b: 2 }), content({ b: 2, a: 1 }))).toBe(true);
    expect(sameContent(content({ a: 1 }), content({ a: 2 }))).toBe(false);
  });
});
