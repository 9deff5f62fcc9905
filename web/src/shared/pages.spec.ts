import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { effectScope } from "vue";
import { usePages, type Pages } from "./pages";

const all = Array.from({ length: 50 }, (_, n) => n);
let asked: string[] = [];

/** A list of fifty, twenty a page unless asked otherwise, with the next number as cursor. */
async function list(url: string): Promise<Response> {
  asked.push(url);
  const query = new URL(url, "http://test").searchParams;
  const from = Number(query.get("after") ?? 0);
  const to = from + Number(query.get("limit") ?? 20);
  const body = { items: all.slice(from, to), next: to < all.length ? String(to) : null };
  return new Response(JSON.stringify(body), { status: 200, headers: { "Content-Type": "application/json" } });
}

describe("a list read page by page", () => {
  let scope: ReturnType<typeof effectScope>;
  let pages: Pages<number>;

  beforeEach(async () => {
    asked = [];
    vi.stubGlobal("fetch", list);
    scope = effectScope();
    pages = scope.run(() => usePages<number>(() => "/messages?filter=all")) as Pages<number>;
    await vi.waitFor(() => expect(pages.items.value).toHaveLength(20));
  });

  afterEach(() => {
    scope.stop();
    vi.unstubAllGlobals();
  });

  it("goes on to its end without gap or repeat, and then asks no more", async () => {
    await pages.loadMore();
    await pages.loadMore();
    expect(pages.items.value).toEqual(all);
    expect(pages.more.value).toBe(false);
    await pages.loadMore();
    expect(asked).toHaveLength(3);
  });

  it("does not shrink under the reader when it is read anew", async () => {
    await pages.loadMore();
    await pages.reload();
    expect(pages.items.value).toEqual(all.slice(0, 40));
    await pages.loadMore();
    expect(pages.items.value).toEqual(all);
  });

  it("is asked for once while an answer is on its way", async () => {
    await Promise.all([pages.loadMore(), pages.loadMore()]);
    expect(pages.items.value).toHaveLength(40);
    expect(asked).toHaveLength(2);
  });

  it("keeps what is shown when the next page does not get through", async () => {
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("offline")));
    await pages.loadMore();
    expect(pages.items.value).toHaveLength(20);
    expect(pages.problem.value?.status).toBe(0);
    vi.stubGlobal("fetch", list);
    window.dispatchEvent(new Event("online"));
    await vi.waitFor(() => expect(pages.problem.value).toBeNull());
    expect(pages.items.value).toHaveLength(20);
  });
});
