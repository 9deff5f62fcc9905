import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope, nextTick, ref } from "vue";
import { forgetServerTime, hearServerTime } from "./clock";
import { useCountdown, type Countdown } from "./countdown";

const start = Date.parse("2026-03-18T12:00:00Z");

describe("a countdown", () => {
  let scope: ReturnType<typeof effectScope>;

  beforeEach(() => {
    vi.useFakeTimers();
    vi.setSystemTime(start);
    forgetServerTime();
    scope = effectScope();
  });

  afterEach(() => {
    scope.stop();
    vi.useRealTimers();
  });

  const open = (...args: Parameters<typeof useCountdown>): Countdown => scope.run(() => useCountdown(...args)) as Countdown;

  it("turns at zero, says so once, and stays over", async () => {
    const atZero = vi.fn();
    const left = open(() => new Date(start + 3000).toISOString(), { atZero });
    expect(left.text.value).toBe("剩 3 秒");
    await vi.advanceTimersByTimeAsync(2100);
    expect(left.over.value).toBe(false);
    expect(atZero).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1000);
    expect(left.over.value).toBe(true);
    expect(left.text.value).toBeNull();
    expect(atZero).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(left.over.value).toBe(true);
  });

  it("looks again a few times while what it reads has not changed, and then rests", async () => {
    const atZero = vi.fn();
    open(() => new Date(start + 1000).toISOString(), { atZero });
    await vi.advanceTimersByTimeAsync(1100);
    expect(atZero).toHaveBeenCalledTimes(1);
    await vi.advanceTimersByTimeAsync(2000);
    expect(atZero).toHaveBeenCalledTimes(2);
    await vi.advanceTimersByTimeAsync(3_600_000);
    expect(atZero).toHaveBeenCalledTimes(5);
  });

  it("looks no further once there is no deadline any more", async () => {
    const until = ref<string | null>(new Date(start + 1000).toISOString());
    const atZero = vi.fn(() => (until.value = null));
    open(() => until.value, { atZero });
    await vi.advanceTimersByTimeAsync(60_000);
    expect(atZero).toHaveBeenCalledTimes(1);
  });

  it("looks no further once nobody looks at it", async () => {
    const atZero = vi.fn();
    open(() => new Date(start + 1000).toISOString(), { atZero });
    await vi.advanceTimersByTimeAsync(1100);
    scope.stop();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(atZero).toHaveBeenCalledTimes(1);
  });

  it.each([-7, 7])("ends at the server's moment on a phone whose clock is %i minutes off", async (minutes) => {
    vi.setSystemTime(start + minutes * 60_000);
    for (let n = 0; n < 5; n += 1) {
      const sentAt = Date.now();
      hearServerTime(new Date(start + n * 100).toUTCString(), sentAt, sentAt + 10);
      await vi.advanceTimersByTimeAsync(100);
    }
    const atZero = vi.fn();
    const left = open(() => new Date(start + 20_000).toISOString(), { atZero });
    await vi.advanceTimersByTimeAsync(18_000);
    expect(left.over.value).toBe(false);
    await vi.advanceTimersByTimeAsync(3_000);
    expect(left.over.value).toBe(true);
    expect(atZero).toHaveBeenCalled();
  });

  it.each(["visibilitychange", "pageshow"])("catches up at %s after the page stood still", async (name) => {
    const atZero = vi.fn();
    const left = open(() => new Date(start + 60_000).toISOString(), { atZero });
    vi.setSystemTime(start + 120_000); // hours may pass without a single timer of ours being called
    expect(left.over.value).toBe(false);
    (name === "pageshow" ? window : document).dispatchEvent(new Event(name));
    await nextTick();
    expect(left.over.value).toBe(true);
    expect(left.text.value).toBeNull();
    expect(atZero).toHaveBeenCalledTimes(1);
  });

  it("goes by the server's clock, not by the phone's", async () => {
    // The phone is ten minutes slow: by its own clock there would be plenty of time.
    const server = new Date(start + 600_000).toUTCString();
    for (let n = 0; n < 5; n += 1) hearServerTime(server, start - 10, start);
    const left = open(() => new Date(start + 590_000).toISOString());
    expect(left.over.value).toBe(true);
  });

  it("runs on when the deadline is extended, and calls again at the new end", async () => {
    const atZero = vi.fn();
    const until = ref(new Date(start + 2000).toISOString());
    const left = open(() => until.value, { atZero });
    until.value = new Date(start + 5000).toISOString();
    await nextTick();
    await vi.advanceTimersByTimeAsync(3000);
    expect(left.over.value).toBe(false);
    await vi.advanceTimersByTimeAsync(2100);
    expect(atZero).toHaveBeenCalledTimes(1);
  });

  it("without a deadline has nothing to say", () => {
    const left = open(() => null);
    expect(left.text.value).toBeNull();
    expect(left.over.value).toBe(false);
  });

  it("that was over before we looked does not call", async () => {
    const atZero = vi.fn();
    open(() => new Date(start - 1000).toISOString(), { atZero });
    await vi.advanceTimersByTimeAsync(3000);
    expect(atZero).not.toHaveBeenCalled();
  });

  it("stops its timer when nobody looks any more", () => {
    open(() => new Date(start + 60_000).toISOString());
    expect(vi.getTimerCount()).toBe(1);
    scope.stop();
    expect(vi.getTimerCount()).toBe(0);
  });
});
