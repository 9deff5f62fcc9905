import { beforeEach, describe, expect, it, vi } from "vitest";
import { forgetServerTime, hearServerTime, now } from "./clock";

const noon = Date.parse("2026-03-18T04:00:00Z");

describe("the server's time", () => {
  beforeEach(() => {
    forgetServerTime();
    vi.useFakeTimers();
    vi.setSystemTime(noon);
    return () => vi.useRealTimers();
  });

  it("is the phone's own until the server was heard", () => {
    expect(now()).toBe(noon);
  });

  it("corrects a phone that is an hour slow", () => {
    hearServerTime("Wed, 18 Mar 2026 05:00:00 GMT", noon - 40, noon);
    expect(Math.abs(now() - (noon + 3_600_000))).toBeLessThan(1100);
  });

  it("gets finer with each answer, though the header knows only whole seconds", () => {
    const ahead = 7_654_321; // how far the server is ahead of this phone, in ms
    for (let n = 0; n < 40; n += 1) {
      const sentAt = noon + n * 937;
      const server = sentAt + 15 + ahead;
      hearServerTime(new Date(server).toUTCString(), sentAt, sentAt + 30);
    }
    expect(Math.abs(now() - (noon + ahead))).toBeLessThan(40);
  });

  it("starts again when somebody sets the phone's clock", () => {
    hearServerTime("Wed, 18 Mar 2026 04:00:00 GMT", noon - 20, noon);
    const changed = noon + 86_400_000;
    vi.setSystemTime(changed);
    hearServerTime("Wed, 18 Mar 2026 04:00:01 GMT", changed - 20, changed);
    expect(Math.abs(now() - (noon + 1500))).toBeLessThan(600);
  });

  it("ignores an answer without a date", () => {
    hearServerTime(null, noon, noon);
    hearServerTime("nonsense", noon, noon);
    expect(now()).toBe(noon);
  });
});
