/**
 * Dev server only, while no system is running: answers the student client with invented people and employers.
 * Never in the build. PIN 123456 is right, 999999 pauses, 888888 loses the race, 777777 goes offline.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import type { Action, Card, Home, Invitation, Me, Message, Step } from "../src/api/types";
import { glance, otherMessages } from "./invented.ts";
import { deed } from "./stand-in-work.ts";

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const steps = (...names: [string, Step["state"]][]): Step[] => names.map(([label, state]) => ({ label, state }));
const can = (action: string, label: string): Action => ({ action, label, possible: true, reason: null });
const cannot = (action: string, label: string, reason: string): Action => ({ action, label, possible: false, reason });

const employer = (name: string) => ({
  name,
  credit_code: "91330108MA2KXYZ12T",
  credit_code_checked: true,
  nature: "其他企业（民营）",
  industry: "软件和信息技术",
  place: "杭州市滨江区",
  address: "江陵路 1760 号",
  contact_name: "周敏",
});

function invitation(id: string, name: string, changes: Partial<Invitation>): Invitation {
  return {
    id,
    kind: "online_signing",
    version: 1,
    title: name,
    state: "pending",
    turn: { who: "mine", text: "等你答复", until: at(51.3), since: null, note: null },
    steps: steps(["单位邀请", "done"], ["你答复", "now"], ["学院审核", "todo"], ["学校审核", "todo"]),
    actions: [can("accept", "接受"), can("refuse", "拒绝")],
    employer: employer(name),
    sent_by: { name: "周敏", title: "招聘主管" },
    sent_at: at(-70),
    respond_by: at(51.3),
    terms: glance,
    clauses: deed,
    terms_hash: "a".repeat(64),
    line: "签约邀请 · 后端开发工程师 · 13,000 元/月",
    main_action: { label: "看条款并答复" },
    href: `/invitations/${id}`,
    form: null,
    opened_at: null,
    reason: null,
    replaced_by_id: null,
    before_it: 11,
    others_open: 2,
    replaces_id: null,
    history: [{ at: at(-70), title: "单位发来邀请", who: "周敏（招聘主管）", note: "已送达微信" }],
    agreement: null,
    help: { office: "江州大学就业指导中心", phone: "0571-8888 6666" },
    ...changes,
  };
}

const taken = (reason = "学院已通过，不能再撤回。想换单位，等审核结束后与单位商定解约。") => [
  cannot("take_back", "撤回应约", reason),
  cannot("download", "下载电子协议书", "学校审核通过后就能下载。"),
];

const accepted = [
  { at: at(-72), title: "就业指导中心审核", who: null, note: "前面还有 11 份 · 每级限 3 个工作日" },
  { at: at(-73), title: "学院审核通过", who: "计算机与人工智能学院", note: "陈老师" },
  { at: at(-75), title: "你接受了邀请", who: null, note: "操作码确认；另一份邀请变为只能查看" },
  { at: at(-170), title: "单位发来邀请", who: "周敏（招聘主管）", note: "已送达微信" },
];

const all = new Map<string, Invitation>(
  [
    invitation("yuanan", "杭州远岸数据科技有限公司", {}),
    invitation("hexin", "嘉兴禾芯电子股份有限公司", {
      turn: { who: "mine", text: "等你答复", until: at(118), since: null, note: null },
      respond_by: at(118),
    }),
    invitation("soon", "江州轨道交通集团有限公司", {
      turn: { who: "mine", text: "等你答复", until: at(0.006), since: null, note: null },
      respond_by: at(0.006),
    }),
    invitation("review", "宁波栈桥软件有限公司", {
      state: "school_review",
      turn: { who: "others", text: "学校审核中", until: null, since: at(-73), note: "最晚 3月25日 周三" },
      steps: steps(["单位邀请", "done"], ["你接受", "done"], ["学院审核", "done"], ["学校审核", "now"]),
      actions: taken(),
      history: accepted.slice(1),
    }),
    invitation("effective", "绍兴青禾生物科技有限公司", {
      state: "effective",
      turn: { who: "done", text: "签约成功", until: null, since: null, note: "3月24日 周二 生效" },
      steps: steps(["单位邀请", "done"], ["你接受", "done"], ["学院审核", "done"], ["学校审核", "done"]),
      actions: [can("download", "下载电子协议书"), cannot("take_back", "撤回应约", "协议已生效，不能撤回。")],
      history: [{ at: at(-20), title: "学校审核通过", who: "就业指导中心", note: "王老师" }, ...accepted.slice(1)],
      agreement: { id: "a-1", number: "2026119999480217365", number_grouped: "2026 1 19999 480217365", effective_at: at(-20) },
    }),
    invitation("held", "苏州澄湖机器人有限公司", {
      turn: { who: "others", text: "暂时不能答复", until: at(40), since: null, note: null },
      actions: [
        cannot("accept", "接受", "你已接受「宁波栈桥软件有限公司」的邀请，正在审核。审核没通过，或你撤回应约，这份就又能答复。"),
        can("refuse", "拒绝"),
      ],
    }),
    invitation("expired", "江州城建设计院有限公司", {
      state: "expired",
      turn: { who: "lost", text: "已失效：截止前没有答复", until: null, since: null, note: "3月15日 周日" },
      steps: steps(["单位邀请", "done"], ["没有答复", "lost"]),
      actions: [cannot("accept", "接受", "截止时间已过。还想去，可以请单位再发一份。")],
    }),
    invitation("back", "杭州云帆物流有限公司", {
      state: "college_review",
      turn: { who: "others", text: "学院审核中", until: null, since: at(-30), note: "通常 3 个工作日内" },
      steps: steps(["单位邀请", "done"], ["你接受", "done"], ["学院审核", "now"], ["学校审核", "todo"]),
      actions: [can("take_back", "撤回应约"), cannot("download", "下载电子协议书", "学校审核通过后就能下载。")],
      history: accepted.slice(2),
    }),
  ].map((one) => [one.id, one]),
);

const first = all.get("yuanan");

const card = (one: Invitation): Card => ({
  id: one.id,
  kind: one.kind,
  state: one.state,
  title: one.title,
  line: "签约邀请 · 后端开发工程师 · 13,000 元/月",
  turn: one.turn,
  steps: one.steps,
  main_action: one.turn.who === "mine" ? { label: "看条款并答复" } : null,
  href: `/invitations/${one.id}`,
});

const me: Me = {
  name: "林知夏",
  school: {
    code: "19999",
    name: "江州大学",
    contact: { office: "江州大学就业指导中心", phone: "0571-8888 6666", email: "jy@example.edu.cn", hours: "工作日 8:30–17:00" },
  },
  base: {
    state: "confirmed",
    fields: [
      ["考生号", "22330105110234"], ["姓名", "林知夏"], ["身份证号", "330105200403150021"], ["毕业院校", "江州大学"],
      ["学历", "本科生毕业"], ["性别", "女"], ["民族", "汉族"], ["政治面貌", "共青团员"], ["培养方式", "非定向"],
      ["生源所在地", "浙江省杭州市拱墅区"], ["入学时间", "202209"], ["毕业时间", "202606"], ["学号", "20220815023"],
      ["院系", "计算机与人工智能学院"], ["专业", "软件工程"], ["学制", "4"], ["档案是否转入学校", "是"],
      ["户口是否转入学校", null], ["电子邮箱", "zhixia@example.cn"], ["手机号码", "13800000000"],
    ].map(([label, value], index) => ({
      key: `f${index}`, label: label as string, value: value ?? null, corrected_by: index < 18 ? "school" : "graduate",
    })),
  },
  pin_set: true,
  confirmed_at: at(-500),
  wechat: { bound: true, following: true },
};

const home = (): Home => ({
  name: "林知夏",
  base_state: "confirmed",
  view_only_invitations: 0,
  greeting_name: "知夏",
  standing: { text: "你还没有登记去向。先看最急的一份。" },
  open_invitations: 3,
  cards: [all.get("yuanan"), all.get("back")].map((one) => card(one as Invitation)),
  entries: [
    { key: "destination", title: "毕业去向填报", open: false, note: "没有单位在线邀请你时，从这里登记。学校尚未启用" },
    { key: "archive", title: "档案信息登记", open: false, note: "学校尚未启用" },
    { key: "hukou", title: "户口信息登记", open: false, note: "不开放：你的户口没有迁入学校" },
    { key: "confirmation", title: "去向登记确认", open: false, note: "学校上报去向后开放" },
    { key: "verification", title: "查询核验", open: false, note: "你确认去向后可用" },
  ],
  unread: 2,
});

const messages: Message[] = otherMessages(at);

function reply(response: ServerResponse, status: number, body?: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, {
    "Content-Type": status >= 400 ? "application/problem+json" : "application/json",
    Date: new Date().toUTCString(),
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<Record<string, string>> {
  let text = "";
  for await (const part of request) text += part;
  return text ? JSON.parse(text) : {};
}

const refuseWith = (status: number, code: string, detail: string, extra = {}) => ({ status, body: { status, code, detail, ...extra } });

function pinProblem(pin: string | undefined) {
  if (pin === "999999") return refuseWith(429, "pin_paused", "操作码输错 5 次，暂停 15 分钟。");
  if (pin === "888888") return refuseWith(409, "too_late", "截止时间已过，这份邀请已失效。");
  if (pin !== "123456") return refuseWith(422, "wrong_pin", "操作码不对，还可以再试 4 次。", { tries_left: 4 });
  return null;
}

async function answer(request: IncomingMessage, response: ServerResponse, path: string): Promise<void> {
  if (request.method === "GET") return read(response, path);
  const body = await bodyOf(request);
  if (path === "/session/refresh") {
    const account = { id: "1", role: "graduate", name: me.name };
    return reply(response, 200, { access_token: "x", expires_in: 600, account });
  }
  if (body.pin === "777777") return void request.socket.destroy();
  const found = /^\/invitations\/(\w+)\/(accept|refuse|take-back)$/.exec(path);
  const one = found && all.get(found[1] as string);
  if (found && one) {
    const problem = found[2] === "refuse" ? null : pinProblem(body.pin);
    if (problem) return reply(response, problem.status, problem.body, problem.status === 429 ? { "Retry-After": "900" } : {});
    const next = found[2] === "accept" ? all.get("back") : found[2] === "refuse" ? all.get("expired") : first;
    const { state, turn, steps: line, actions, history } = next as Invitation;
    all.set(one.id, { ...one, state, turn, steps: line, actions, history, version: one.version + 1 });
    return reply(response, 200, all.get(one.id), { ETag: `"${one.version + 1}"` });
  }
  if (path === "/me/confirm") me.base.state = "confirmed";
  if (path.endsWith("/read")) for (const one of messages) if (path.includes(one.id)) one.read = true;
  if (path === "/messages/read-all") for (const one of messages) one.read = true;
  return path === "/me/confirm" ? reply(response, 200, me) : reply(response, 204);
}

function read(response: ServerResponse, full: string): void {
  const [path, query] = full.split("?") as [string, string?];
  const want = new URLSearchParams(query);
  const one = /^\/invitations\/(\w+)$/.exec(path)?.[1];
  if (path === "/home") return reply(response, 200, home(), { ETag: `"h${messages.filter((m) => !m.read).length}"` });
  if (path === "/me") return reply(response, 200, me, { ETag: '"1"' });
  if (path === "/me/name-card") return reply(response, 200, { card: "k", url: "http://127.0.0.1/e/card/eyJhbGciOiJFZERTQSJ9.abc", expires_at: at(0.16) });
  if (path === "/public/schools") return reply(response, 200, { items: [me.school] });
  if (path === "/messages/counts") {
    const fresh = messages.filter((m) => !m.read);
    return reply(response, 200, { unread: fresh.length, mine: messages.filter((m) => m.turn_mark === "mine").length, results: 1 });
  }
  if (path === "/messages") {
    const filter = want.get("filter");
    const chosen = messages.filter((m) => filter === "all" || !filter || (filter === "mine" ? m.turn_mark === "mine" : m.turn_mark === "done"));
    return reply(response, 200, { items: chosen, next: null });
  }
  if (path === "/invitations") {
    const open = want.get("group") === "open";
    const items = [...all.values()].filter((i) => (i.state === "pending") === open).map((i) => ({ ...card(i), state: i.state }));
    return reply(response, 200, { items, next: null });
  }
  if (/^\/agreements\/[\w-]+\/link$/.test(path)) return reply(response, 200, { href: "/favicon.ico", expires_at: at(0.1) });
  const found = one && all.get(one);
  if (found) return reply(response, 200, found, { ETag: `"${found.version}"` });
  return reply(response, 404, { code: "not_found", detail: "没有找到，或你不能查看。", status: 404 });
}

export function standIn(): Plugin {
  return {
    name: "stand-in",
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        if (!request.url?.startsWith("/api/v1/")) return next();
        setTimeout(() => answer(request, response, (request.url as string).slice("/api/v1".length)).catch(() => request.destroy()), 150);
      });
    },
  };
}
