import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "@/api/problem";
import { createAutosave, type Standing } from "./autosave";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A saver whose answers the test gives one by one. */
function setUp() {
  const sent: { content: string; key: string }[] = [];
  const standings: Standing[] = [];
  const answers: { give: () => void; refuse: (why: Problem) => void }[] = [];
  const state = { content: "a" };
  const saver = createAutosave({
    content: () => state.content,
    send: (key) => {
      sent.push({ content: state.content, key });
      return new Promise((give, refuse) => answers.push({ give, refuse }));
    },
    tell: (standing) => standings.push(standing),
  });
  const type = (content: string) => {
    state.content = content;
    saver.touch();
  };
  return { saver, sent, standings, answers, type };
}
const offline = () => new Problem({ code: "offline", status: 0 });

describe("saving by itself", () => {
  it("waits until one stops typing, then sends once", async () => {
    const { sent, type } = setUp();
    type("b");
    await vi.advanceTimersByTimeAsync(500);
    type("bc");
    await vi.advanceTimersByTimeAsync(800);
    expect(sent).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent.map(({ content }) => content)).toEqual(["bc"]);
  });

  it("sends what was typed meanwhile only after the answer, under a new key", async () => {
    const { sent, answers, standings, type } = setUp();
    type("b");
    await vi.advanceTimersByTimeAsync(1000);
    type("bc");
    await vi.advanceTimersByTimeAsync(5000);
    expect(sent).toHaveLength(1);
    answers[0]!.give();
    await vi.advanceTimersByTimeAsync(0);
    expect(sent.map(({ content }) => content)).toEqual(["b", "bc"]);
    expect(sent[0]!.key).not.toBe(sent[1]!.key);
    answers[1]!.give();
    await vi.advanceTimersByTimeAsync(0);
    expect(standings.at(-1)).toBe("saved");
  });

  it("repeats a saving without an answer under the same key, by itself", async () => {
    const { sent, answers, standings, type } = setUp();
    type("b");
    await vi.advanceTimersByTimeAsync(1000);
    answers[0]!.refuse(offline());
    await vi.advanceTimersByTimeAsync(0);
    expect(standings.at(-1)).toBe("unsent");
    await vi.advanceTimersByTimeAsync(7000);
    expect(sent).toHaveLength(2);
    expect(sent[1]).toEqual(sent[0]);
  });

  it("takes a new key when the content has changed since", async () => {
    const { sent, answers, type } = setUp();
    type("b");
    await vi.advanceTimersByTimeAsync(1000);
    answers[0]!.refuse(offline());
    await vi.advanceTimersByTimeAsync(0);
    type("bc");
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
    expect(sent[1]!.key).not.toBe(sent[0]!.key);
  });

  it("does not repeat what was refused, until something is changed", async () => {
    const { sent, answers, standings, type } = setUp();
    type("b");
    await vi.advanceTimersByTimeAsync(1000);
    answers[0]!.refuse(new Problem({ code: "invalid", status: 422 }));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(sent).toHaveLength(1);
    expect(standings.at(-1)).toBe("refused");
    type("c");
    await vi.advanceTimersByTimeAsync(1000);
    expect(sent).toHaveLength(2);
  });

  it("answers a flush only when everything is saved", async () => {
    const { saver, answers, type } = setUp();
    type("b");
    const flushed = saver.flush();
    type("bc");
    answers[0]!.give();
    await vi.advanceTimersByTimeAsync(0);
    answers[1]!.give();
    expect(await flushed).toBe(true);
    expect(await saver.flush()).toBe(true);
  });

  it("says so when a flush did not get through", async () => {
    const { saver, answers, type } = setUp();
    type("b");
    const flushed = saver.flush();
    answers[0]!.refuse(offline());
    expect(await flushed).toBe(false);
  });
});
