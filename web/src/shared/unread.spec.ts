import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { nextTick } from "vue";
import { setTitle } from "./title";
import { counts, recount, setUnread, unread } from "./unread";

const answer = (many: number) =>
  new Response(JSON.stringify({ unread: many, mine: 1, results: 0 }), { status: 200, headers: { "Content-Type": "application/json" } });

describe("the number of unread messages", () => {
  beforeEach(() => {
    setUnread(0);
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it("is what the server counts, and stands before the tab's title while there are any", async () => {
    setTitle("消息 · 去向");
    vi.stubGlobal("fetch", async () => answer(3));
    await recount();
    await nextTick();
    expect(counts.value).toEqual({ unread: 3, mine: 1, results: 0 });
    expect(document.title).toBe("(3) 消息 · 去向");
    setUnread(120);
    await nextTick();
    expect(document.title).toBe("(99+) 消息 · 去向");
    setUnread(0);
    await nextTick();
    expect(document.title).toBe("消息 · 去向");
  });

  it("is not put back by a count that was asked for before something was read here", async () => {
    let arrive: (response: Response) => void = () => undefined;
    vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (arrive = resolve)));
    setUnread(2);
    const late = recount();
    await nextTick();
    setUnread(1);
    arrive(answer(2));
    await late;
    expect(unread.value).toBe(1);
  });

  it("keeps its last number while offline, and is never below nothing", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
    setUnread(4);
    await recount();
    expect(unread.value).toBe(4);
    setUnread(-1);
    expect(unread.value).toBe(0);
  });
});
