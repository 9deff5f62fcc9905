import { describe, expect, it } from "vitest";
import {
  dropDraft,
  dropTemplate,
  draftOf,
  forgetAll,
  keepDraft,
  keepTemplate,
  templatesOf,
  type Store,
} from "./drafts";

function memoryStore(): Store & { text: () => string } {
  const kept = new Map<string, string>();
  return {
    getItem: (key) => kept.get(key) ?? null,
    setItem: (key, value) => void kept.set(key, value),
    removeItem: (key) => void kept.delete(key),
    text: () => [...kept].join(),
  };
}

const now = new Date("2026-03-15T02:00:00Z");

describe("drafts of terms", () => {
  it("come back after a visit, for the same employer only", () => {
    const store = memoryStore();
    keepDraft(store, "e1", { position: "测试工程师" }, now);
    expect(draftOf(store, "e1")?.form).toEqual({ position: "测试工程师" });
    expect(draftOf(store, "e2")).toBeNull();
    dropDraft(store, "e1");
    expect(draftOf(store, "e1")).toBeNull();
  });

  it("never keep anything about a graduate", () => {
    const store = memoryStore();
    const form = { position: "测试工程师", name: "林知夏", id_number: "330102200401011234", graduate_ref: "g-1" };
    keepDraft(store, "e1", form, now);
    keepTemplate(store, "e1", form, now);
    for (const secret of ["林知夏", "330102200401011234", "g-1"]) expect(store.text()).not.toContain(secret);
  });

  it("keep one set of terms a job, newest first, and no more than eight", () => {
    const store = memoryStore();
    for (let i = 0; i < 10; i++) keepTemplate(store, "e1", { position: `岗位${i}` }, now);
    keepTemplate(store, "e1", { position: "岗位5", regular_pay_cents: "9000" }, now);
    const templates = templatesOf(store, "e1");
    expect(templates).toHaveLength(8);
    expect(templates[0]).toMatchObject({ name: "岗位5", form: { regular_pay_cents: "9000" } });
    dropTemplate(store, "e1", "岗位5");
    expect(templatesOf(store, "e1").map((one) => one.name)).not.toContain("岗位5");
    forgetAll(store, "e1");
    expect(store.text()).toBe("");
  });

  it("leave the form usable where the browser keeps nothing or holds rubbish", () => {
    const full: Store = {
      getItem: () => "{broken",
      setItem: () => {
        throw new Error("QuotaExceededError");
      },
      removeItem: () => undefined,
    };
    expect(draftOf(full, "e1")).toBeNull();
    expect(keepDraft(full, "e1", { position: "x" }, now)).toBe(false);
  });
});
