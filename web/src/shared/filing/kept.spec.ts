import { beforeEach, describe, expect, it } from "vitest";
import { drop, dropAll, keep, keptOf } from "./kept";

const content = (name: string) => ({ variant: null, values: { name }, files: {} });
beforeEach(() => localStorage.clear());

describe("what the phone keeps of a form", () => {
  it("comes back as it was, for that form only", () => {
    keep(localStorage, "1", { mine: content("甲"), base: content("") });
    expect(keptOf(localStorage, "1")).toEqual({ mine: content("甲"), base: content("") });
    expect(keptOf(localStorage, "2")).toBeNull();
    drop(localStorage, "1");
    expect(keptOf(localStorage, "1")).toBeNull();
  });

  it("is nothing when it cannot be read", () => {
    localStorage.setItem("quxiang.filing.1", "{broken");
    expect(keptOf(localStorage, "1")).toBeNull();
    localStorage.setItem("quxiang.filing.1", "{}");
    expect(keptOf(localStorage, "1")).toBeNull();
  });

  it("goes when one signs out, and other things stay", () => {
    localStorage.setItem("other", "x");
    for (const id of ["1", "2", "3"]) keep(localStorage, id, { mine: content(id), base: content("") });
    dropAll(localStorage);
    expect([localStorage.length, localStorage.getItem("other")]).toEqual([1, "x"]);
  });
});
