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

function answering(refused: (id: string, dry: boolean) => boolean): Asked[] {
  const asked: Asked[] = [];
  vi.stubGlobal("fetch", (_: string, init: RequestInit) => {
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
    const asked = answering((id) => id === "f3");
    const bulk = useBulk();
    const items = Array.from({ length: 25 }, (_, index) => item(`f${index}`));
    await bulk.look(items);
    expect(asked[0]).toMatchObject({ dry_run: true });
    expect([bulk.clean.value.length, bulk.others.value.length]).toEqual([24, 1]);
    await bulk.run();
    const sent = asked.slice(1).map(({ filings }) => filings.length);
    expect(sent).toEqual([10, 10, 4]);
    expect(asked.slice(1).flatMap(({ filings }) => filings.map(({ id }) => id))).not.toContain("f3");
    expect([bulk.state.value, bulk.done.value]).toEqual(["done", 24]);
  });

  it("says of each what came of it, when one was decided meanwhile", async () => {
    answering((id, dry) => !dry && id === "f1");
    const bulk = useBulk();
    await bulk.look([item("f0"), item("f1")]);
    await bulk.run();
    expect(bulk.others.value.map((line) => line.item.filing_id)).toEqual(["f1"]);
    expect(bulk.state.value).toBe("done");
  });

  it("stops where nothing comes through and goes on from there", async () => {
    const asked = answering(() => false);
    const bulk = useBulk();
    await bulk.look(Array.from({ length: 12 }, (_, index) => item(`f${index}`)));
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
  });
});
