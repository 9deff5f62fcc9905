import { afterEach, describe, expect, it, vi } from "vitest";
import type { QueueItem } from "@/api/review";
import { useBulk } from "./bulk";

interface Asked {
  filings: { id: string; version: number }[];
  dry_run: boolean;
}
const item = (id: string) => ({ filing_id: id, version: 3, graduate: { name: id } }) as unknown as QueueItem;
const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json" } });

/** A queue of these, in pages of a hundred, and what is said of each when many are approved. */
function answering(many: number, refused: (id: string, dry: boolean) => boolean): Asked[] {
  const asked: Asked[] = [];
  const all = Array.from({ length: many }, (_, index) => item(`f${index}`));
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => {
    if (!url.includes("bulk-approve")) {
      const from = Number(new URL(url, "http://x").searchParams.get("after") ?? 0);
      const next = from + 100 < many ? String(from + 100) : null;
      return Promise.resolve(json(200, { items: all.slice(from, from + 100), next }));
    }
    const body = JSON.parse(String(init.body)) as Asked;
    asked.push(body);
    const items = body.filings.map(({ id }) => {
      const no = refused(id, body.dry_run);
      return { id, approved: !no, code: no ? "not_clean" : null, detail: no ? "请逐份审核。" : null };
    });
    return Promise.resolve(json(200, { dry_run: body.dry_run, items }));
  });
  return asked;
}

afterEach(() => vi.unstubAllGlobals());

describe("approving many", () => {
  it("asks first, approves the clean ones only, a few at a time", async () => {
    const asked = answering(25, (id) => id === "f3");
    const bulk = useBulk();
    await bulk.look({});
    expect(asked[0]).toMatchObject({ dry_run: true });
    expect([bulk.clean.value.length, bulk.others.value.length]).toEqual([24, 1]);
    await bulk.run();
    const sent = asked.slice(1).map(({ filings }) => filings.length);
    expect(sent).toEqual([10, 10, 4]);
    expect(asked.slice(1).flatMap(({ filings }) => filings.map(({ id }) => id))).not.toContain("f3");
    expect([bulk.state.value, bulk.done.value]).toEqual(["done", 24]);
  });

  it("says of each what came of it, when one was decided meanwhile", async () => {
    answering(2, (id, dry) => !dry && id === "f1");
    const bulk = useBulk();
    await bulk.look({});
    await bulk.run();
    expect(bulk.others.value.map((line) => line.item.filing_id)).toEqual(["f1"]);
    expect(bulk.state.value).toBe("done");
  });

  it("stops where nothing comes through and goes on from there", async () => {
    const asked = answering(12, (id, dry) => !dry && id === "f1");
    const bulk = useBulk();
    await bulk.look({});
    const works = globalThis.fetch;
    let calls = 0;
    vi.stubGlobal("fetch", (url: string, init: RequestInit) =>
      ++calls === 2 ? Promise.reject(new TypeError("Failed to fetch")) : works(url, init),
    );
    await bulk.run();
    expect([bulk.state.value, bulk.done.value]).toEqual(["ready", 10]);
    expect(bulk.problem.value).toContain("连不上网络");
    await bulk.run();
    expect([bulk.state.value, bulk.done.value]).toEqual(["done", 12]);
    expect(asked.at(-1)?.filings.map(({ id }) => id)).toEqual(["f10", "f11"]);
    expect(bulk.clean.value.length).toBe(11);
  });

  it("goes on behind a first hundred of which none is clean", async () => {
    answering(130, (id) => Number(id.slice(1)) < 100);
    const bulk = useBulk();
    await bulk.look({ kind: "supplement" });
    expect([bulk.clean.value.length, bulk.next.value]).toEqual([0, "100"]);
    await bulk.look({ kind: "supplement" }, bulk.next.value);
    expect([bulk.clean.value.length, bulk.next.value]).toEqual([30, null]);
  });
});
