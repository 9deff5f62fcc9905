import { describe, expect, it } from "vitest";
import { commandOf, takesText, type Pressed } from "./keys";
import { nextAfter, step, type Queued } from "./order";

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  isComposing: false,
  ...more,
});

describe("keys on the review desk", () => {
  it.each([
    ["j", "next"],
    ["K", "previous"],
    ["a", "approve"],
    ["r", "return"],
    ["X", "reject"],
    ["t", "takeUp"],
    ["[", "left"],
    ["]", "right"],
    ["+", "larger"],
    ["ArrowRight", "pageOn"],
    ["/", "search"],
    ["?", "help"],
    ["Escape", "close"],
    ["q", null],
    ["Enter", null],
  ])("%s means %s", (key, command) => {
    expect(commandOf(press(key), false)).toBe(command);
  });

  it("decide nothing while someone types", () => {
    expect(commandOf(press("a"), true)).toBeNull();
    expect(commandOf(press("x"), true)).toBeNull();
    expect(commandOf(press("Escape"), true)).toBe("close");
    expect(commandOf(press("a", { isComposing: true }), false)).toBeNull();
  });

  it("leave the browser its own", () => {
    expect(commandOf(press("a", { ctrlKey: true }), false)).toBeNull();
    expect(commandOf(press("k", { metaKey: true }), false)).toBeNull();
  });

  it("held down, walk but never approve", () => {
    expect(commandOf(press("j", { repeat: true }), false)).toBe("next");
    expect(commandOf(press("a", { repeat: true }), false)).toBeNull();
  });

  it("know where text goes", () => {
    expect(takesText(document.createElement("input"))).toBe(true);
    expect(takesText(document.createElement("button"))).toBe(false);
    expect(takesText(null)).toBe(false);
  });
});

describe("the order of work", () => {
  const free = (id: string): Queued => ({ filing_id: id, holder: null });
  const held = (id: string): Queued => ({ filing_id: id, holder: { name: "王老师" } });
  const queue = [free("a"), held("b"), free("c")];

  it("steps within the list", () => {
    expect(step(queue, "a", 1)).toBe("b");
    expect(step(queue, "a", -1)).toBe("a");
    expect(step(queue, "c", 1)).toBe("c");
    expect(step(queue, null, 1)).toBe("a");
    expect(step([], "a", 1)).toBeNull();
  });

  it("opens the next free one after a decision, then goes back to what was left above", () => {
    expect(nextAfter(queue, "a")).toBe("c");
    expect(nextAfter(queue, "c")).toBe("a");
    expect(nextAfter([held("b"), free("c")], "c")).toBeNull();
    expect(nextAfter([free("c")], "c")).toBeNull();
  });
});
