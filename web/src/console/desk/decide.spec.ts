import { createApp, h, type App } from "vue";
import { createMemoryHistory, createRouter } from "vue-router";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { useDesk } from "./desk";

/** A queue of three as the API tells it; what a decision is answered with is up to each test. */
interface Sent {
  path: string;
  body: unknown;
  key: string | null;
  etag: string | null;
}

const names: Record<string, string> = { f1: "顾一鸣", f2: "魏子衿", f3: "高远" };
let left: string[];
let sent: Sent[];
let decision: (id: string) => Response;
let app: App;
let desk: ReturnType<typeof useDesk>;

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), { status, headers: { "Content-Type": "application/json", ETag: '"7.1"' } });
const graduate = (id: string) => ({ name: names[id], student_no: id, college: "", major: "", degree: "" });
const filing = (id: string) => ({
  id,
  filing_id: id,
  graduate: graduate(id),
  turn: { who: "mine", text: "轮到学校审核", until: null, since: null, note: null },
  actions: [{ action: "approve", label: "通过", possible: true, reason: null }],
  hold: null,
});

async function api(url: string, init: RequestInit): Promise<Response> {
  const path = url.replace("/api/v1", "");
  const headers = new Headers(init.headers);
  const [, kind, id = "", act] = /^\/(\w+)\/?(\w+)?\/?(\w+)?/.exec(path) ?? [];
  if (init.method === "POST" && act && act !== "hold") {
    sent.push({ path, body: JSON.parse(String(init.body)), key: headers.get("Idempotency-Key"), etag: headers.get("If-Match") });
    return decision(id);
  }
  if (act === "hold") return json(200, { until: null });
  if (kind === "filings") return json(200, filing(id));
  if (path.startsWith("/reviews/counts"))
    return json(200, { total: left.length, by_kind: {}, kinds: [], overdue: 0, below: 0, done_today: 0 });
  if (path.startsWith("/messages/counts")) return json(200, { unread: 0, mine: 0, results: 0 });
  return json(200, {
    items: left.map((one) => ({ filing_id: one, graduate: graduate(one), holder: null })),
    next: null,
  });
}

const settle = () => vi.waitFor(() => expect(desk.toDo.value).not.toBeNull());
const approved = (id: string) => {
  left = left.filter((one) => one !== id);
  return json(200, { ...filing(id), turn: { who: "done", text: "审核通过", until: null, since: null, note: null } });
};

beforeEach(async () => {
  left = ["f1", "f2", "f3"];
  sent = [];
  decision = approved;
  vi.stubGlobal("fetch", api);
  const router = createRouter({
    history: createMemoryHistory(),
    routes: [{ path: "/", component: { render: () => null } }],
  });
  await router.push("/");
  app = createApp({
    setup() {
      desk = useDesk();
      return () => h("div");
    },
  });
  app.use(router).mount(document.createElement("div"));
  await settle();
});

afterEach(() => {
  app.unmount();
  vi.unstubAllGlobals();
});

describe("a decision on the desk", () => {
  it("takes what was seen, then opens the next one by itself", async () => {
    expect(desk.openId.value).toBe("f1");
    expect(await desk.decide("approve")).toBe(true);
    expect(sent).toMatchObject([{ path: "/filings/f1/approve", etag: '"7.1"' }]);
    await vi.waitFor(() => expect(desk.toDo.value).toBe("f2"));
    expect(desk.said.value).toEqual({ tone: "done", text: "已通过 顾一鸣" });
    expect(desk.items.value.map((one) => one.filing_id)).toEqual(["f2", "f3"]);
  });

  it("is made once, however fast the key is pressed", async () => {
    const first = desk.decide("approve");
    expect(await desk.decide("approve")).toBe(false);
    await first;
    expect(await desk.decide("approve")).toBe(false); // the next one is still on its way
    expect(sent.map(({ path }) => path)).toEqual(["/filings/f1/approve"]);
  });

  it("that comes too late is said calmly, and the work goes on", async () => {
    decision = () => json(409, { code: "decided_by_other", detail: "这份材料刚刚已由其他老师处理。" });
    expect(await desk.decide("approve")).toBe(true);
    expect(desk.said.value).toEqual({ tone: "look", text: "顾一鸣：这份材料刚刚已由其他老师处理。已为你打开下一份。" });
    await vi.waitFor(() => expect(desk.toDo.value).toBe("f2"));
  });

  it("to return says field by field what is wrong", async () => {
    const marks = [{ field: "university", label: "录取院校", reason: "与通知书不一致" }];
    expect(await desk.decide("return", "", marks)).toBe(true);
    expect(sent).toMatchObject([{ path: "/filings/f1/return", body: { reason: null, marks } }]);
    expect(desk.said.value?.text).toBe("已退回 顾一鸣，本人会收到原因");
  });

  it("carries the note that the last desk must write", async () => {
    expect(await desk.decide("approve", "已致电单位核实")).toBe(true);
    expect(sent[0]?.body).toEqual({ note: "已致电单位核实" });
  });

  it("on something that changed meanwhile stays with it", async () => {
    decision = () => json(412, { code: "stale", detail: "内容刚刚有更新，请看过最新内容后再操作。" });
    expect(await desk.decide("reject", "待遇不一致")).toBe(true);
    expect(desk.openId.value).toBe("f1");
    expect(desk.items.value).toHaveLength(3);
    expect(desk.said.value?.text).toContain("请看过最新内容");
  });

  it("that got no answer keeps its reason and goes again under the same key", async () => {
    decision = () => {
      throw new TypeError("Failed to fetch");
    };
    expect(await desk.decide("reject", "待遇不一致")).toBe(false);
    expect(desk.dialogProblem.value).toContain("连不上网络");
    decision = approved;
    expect(await desk.decide("reject", "待遇不一致")).toBe(true);
    expect(sent).toHaveLength(2);
    expect(sent[1]?.key).toBe(sent[0]?.key);
  });

  it("with a reason that is refused says so where it was written", async () => {
    decision = () =>
      json(422, { code: "invalid", detail: "填写有误", errors: [{ pointer: "/reason", detail: "最多 200 个字。" }] });
    expect(await desk.decide("reject", "长".repeat(201))).toBe(false);
    expect(desk.dialogProblem.value).toBe("最多 200 个字。");
    expect(desk.openId.value).toBe("f1");
  });
});
