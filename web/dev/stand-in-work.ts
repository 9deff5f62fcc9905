/**
 * Dev server only, while no system is running: answers the employer's client and the public page with invented people.
 * Never in the build. Password "wrong" is wrong; name 无此人 is not found, 已签约 cannot be invited; position 拒收 is
 * refused by the server; withdrawing 乔安然 loses the race.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Plugin } from "vite";
import type { EmployerInvitation, Group, InvitationCard } from "../src/api/employer.ts";
import type { Action, Clause, Code, Message, Step } from "../src/api/types.ts";
import { glance } from "./invented.ts";
import { deskAnswer } from "./stand-in-desk.ts";
import { bodyOf, reply, type Body } from "./wire.ts";

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const row = (code: string, name: string, children?: Code[]): Code => ({ code, name, ...(children ? { children } : {}) });
const list = (text: string): Code[] => text.split(" ").map((one) => row(one.slice(0, 2), one.slice(2)));

export const codes = {
  unit_nature: list("10机关 20科研设计单位 21高等教育单位 22中初教育单位 23医疗卫生单位 29其他事业单位 31国有企业 32三资企业 39其他企业 40部队 55农村建制村 56城镇社区"),
  industry: list("11农、林、牧、渔业 21采矿业 22制造业 23电力、热力、燃气及水生产和供应业 24建筑业 31批发和零售业 32交通运输、仓储和邮政业 33住宿和餐饮业 34信息传输、软件和信息技术服务业 35金融业 36房地产业 37租赁和商务服务业 38科学研究和技术服务业 42教育 43卫生和社会工作 80军队"),
  position_category: list("10公务员 11科学研究人员 13工程技术人员 17农林牧渔业技术人员 19卫生专业技术人员 21经济业务人员 22金融业务人员 24教学人员 29其他专业技术人员 30办事人员和有关人员 40商业和服务业人员 90其他人员"),
  transfer: ["1签约单位接收", "2上级主管单位接收", "3托管单位接收", "4转回生源地", "9暂不确定"].map((one) => row(one.slice(0, 1), one.slice(1))),
  degree: list("11硕士生毕业 31本科生毕业"),
  regions: [
    row("330000", "浙江省", [
      row("330100", "杭州市", [row("330102", "上城区"), row("330105", "拱墅区"), row("330106", "西湖区"), row("330108", "滨江区"), row("330109", "萧山区")]),
      row("330200", "宁波市", [row("330203", "海曙区"), row("330212", "鄞州区")]),
    ]),
    row("310000", "上海市", [row("310100", "市辖区", [row("310101", "黄浦区"), row("310115", "浦东新区")])]),
  ],
};

const terms = {
  employer_name: "杭州远岸数据科技有限公司", credit_code: "91330108MA2KXYZ12T", nature: "39", industry: "34", region: "330108",
  address: "江陵路 1760 号 A 座", position_category: "13", position: "后端开发工程师", contact_name: "周敏", contact_landline: "0571-86001234",
  contact_mobile: "13800000000", contact_email: null, probation_months: 3, probation_pay_cents: 1040000, regular_pay_cents: 1300000,
  penalty_cents: 500000, report_place: "江陵路 1760 号 A 座 3 楼", report_on: "2026-07-06", work_place: "杭州 · 滨江区", archive_transfer: "3",
  archive_receiver: { name: "滨江区人才中心", address: "杭州市滨江区泰安路 200 号", postcode: null, contact: "档案科", phone: "0571-87700000" },
  hukou_transfer: "9", hukou_address: null, supplement: null,
};

export const deed: Clause[] = [
  { kind: "party", numeral: "", title: "甲方（用人单位）", paragraphs: ["单位名称：杭州远岸数据科技有限公司", "统一社会信用代码：91330108MA2KXYZ12T", "单位性质：其他企业", "通讯地址：浙江省杭州市滨江区江陵路 1760 号", "联系人：周敏", "手机：13800000000"] },
  { kind: "party", numeral: "", title: "乙方（毕业生）", paragraphs: ["姓名：林知夏", "身份证件号码：3301**********0021", "毕业学校：江州大学", "专业：软件工程", "学历：本科", "毕业时间：2026年6月"] },
  { kind: "preamble", numeral: "", title: "订立依据", paragraphs: ["甲、乙双方在平等自愿、协商一致、诚实信用的基础上，就乙方毕业后到甲方就业达成如下协议。"] },
  { kind: "clause", numeral: "一", title: "岗位与工作地点", paragraphs: ["甲方拟聘用乙方从事后端开发工程师岗位工作，实际工作地点为杭州 · 滨江区。"] },
  { kind: "clause", numeral: "二", title: "报到", paragraphs: ["乙方取得毕业资格后，应于2026年7月6日到甲方报到。报到时乙方出示毕业证书、学位证书原件供甲方核验，甲方核验后当场归还。", "乙方因故不能按期报到的，应当提前告知甲方，由双方协商延期。"] },
  { kind: "clause", numeral: "三", title: "试用期与劳动报酬", paragraphs: ["乙方的试用期为 3 个月，自报到之日起算，包含在劳动合同期限内。试用期工资为每月人民币 10,400 元；转正工资为每月人民币 13,000 元。"] },
  { kind: "clause", numeral: "四", title: "档案与户口", paragraphs: ["乙方人事档案的转递方式：托管单位接收。接收单位：滨江区人才中心。", "乙方户口的迁移方式：暂不确定，由乙方在离校前向学校登记。"] },
  { kind: "clause", numeral: "五", title: "违约责任", paragraphs: ["本协议生效后，任何一方无正当理由单方面不履行本协议的，应当向对方支付违约金人民币 5,000 元。"] },
  { kind: "supplement", numeral: "六", title: "补充约定", paragraphs: ["双方另行约定如下：", "甲方为乙方提供集体宿舍，前两年免租金。", "补充约定违反法律、行政法规强制性规定的部分无效。"] },
  { kind: "clause", numeral: "七", title: "生效与签署方式", paragraphs: ["本协议由甲方在线发出，毕业生在截止时间前应约并经学校审核通过后生效。"] },
];

const line = (stage: number, end: Step["state"] = "now"): Step[] =>
  ["单位邀请", "毕业生答复", "学院审核", "学校审核"].map((label, index) => ({ label, state: index < stage ? "done" : index === stage ? end : "todo" }));
const can = (action: string, label: string): Action => ({ action, label, possible: true, reason: null });
const cannot = (action: string, label: string, reason: string): Action => ({ action, label, possible: false, reason });
const open = [can("withdraw", "撤回"), can("extend", "延长截止")];

function make(id: string, name: string, major: string, degree: string, job: string, changes: Partial<EmployerInvitation>): EmployerInvitation {
  return {
    id, kind: "online_signing", version: 1, title: name, state: "pending", line: `${job} · 13,000 元/月`,
    turn: { who: "others", text: "等毕业生答复", until: at(75), since: null, note: null }, steps: line(1), actions: open,
    graduate: { name, school: "江州大学", major, degree }, delivery: { state: "received", text: "已送达微信 3月18日 10:12", tone: "ok" },
    sent_by: { name: "周敏", title: "招聘主管" }, sent_at: at(-40), respond_by: at(75), opened_at: at(-20), reason: null,
    terms: glance, form: { ...terms, position: job }, clauses: deed, terms_hash: "a".repeat(64), replaces_id: null, replaced_by_id: null, before_it: 0, others_open: 0,
    main_action: null, href: `/invitations/${id}`,
    employer: { name: terms.employer_name, credit_code: terms.credit_code, credit_code_checked: true, nature: "其他企业", industry: "软件和信息技术", place: "杭州市滨江区", address: terms.address, contact_name: "周敏" },
    history: [{ at: at(-40), title: "发出邀请", who: "周敏（招聘主管）", note: "应约截止 3月23日 周一 23:59" }],
    agreement: null, help: { office: "江州大学就业指导中心", phone: "0571-8888 6666", email: "jy@example.edu.cn", hours: "工作日 8:30–17:00" }, ...changes,
  };
}

const review = [cannot("withdraw", "撤回邀请", "毕业生已接受，正在审核，不能再撤回。"), cannot("download", "下载电子协议书", "学校审核通过后就能下载。")];
const all = new Map<string, EmployerInvitation>(
  [
    make("e1", "许闻舟", "信息安全", "硕士", "安全工程师", { turn: { who: "mine", text: "通知没送到", until: at(15), since: null, note: null }, respond_by: at(15), opened_at: null, delivery: { state: "failed", text: "没有关注公众号，通知没送到。请打电话告诉他", tone: "look" } }),
    make("e2", "沈予安", "统计学", "本科", "数据分析师", { turn: { who: "others", text: "等毕业生答复", until: at(15), since: null, note: null }, delivery: { state: "sending", text: "正在送往微信", tone: "wait" } }),
    make("e3", "乔安然", "网络工程", "本科", "运维工程师", {}),
    make("e4", "何其晏", "软件工程", "本科", "后端开发工程师", { turn: { who: "others", text: "毕业生暂不能应约", until: at(110), since: null, note: null } }),
    make("r1", "林知夏", "软件工程", "本科", "后端开发工程师", { state: "accepted", steps: line(3), actions: review, delivery: null, turn: { who: "others", text: "学校审核中", until: null, since: at(-30), note: "最晚 3月25日" }, history: [{ at: at(-30), title: "学院审核通过", who: "计算机与人工智能学院 · 陈老师", note: null }, { at: at(-50), title: "毕业生接受了邀请", who: null, note: "以操作码确认" }, { at: at(-90), title: "发出邀请", who: "周敏（招聘主管）", note: null }] }),
    make("s1", "陆言", "计算机科学与技术", "本科", "前端开发工程师", { state: "accepted", steps: line(3, "done"), delivery: null, actions: [can("download", "下载电子协议书"), cannot("terminate", "解约", "在线解约还没有开放。")], turn: { who: "done", text: "签约成功", until: null, since: null, note: "3月10日 生效" }, agreement: { id: "a1", number: "2026119999480217365", number_grouped: "2026 1 19999 480217365", effective_at: at(-200) } }),
    make("x1", "周嘉树", "电子信息", "本科", "测试工程师", { state: "refused", steps: line(1, "lost"), actions: [], delivery: null, turn: { who: "others", text: "毕业生已拒绝", until: null, since: null, note: "3月12日" }, reason: "已经决定继续读研，谢谢。" }),
    make("x2", "方未然", "自动化", "硕士", "算法工程师", { state: "expired", steps: line(1, "lost"), actions: [], delivery: null, turn: { who: "lost", text: "已失效，没有在截止前答复", until: null, since: null, note: "3月15日" } }),
  ].map((one) => [one.id, one]),
);

const groupOf = (one: EmployerInvitation): Group =>
  one.state === "pending" ? "waiting" : one.turn.who === "done" ? "signed" : one.state === "accepted" ? "review" : "ended";
const card = (one: EmployerInvitation): InvitationCard => ({
  id: one.id, kind: one.kind, title: one.title, state: one.state, line: one.line ?? "", turn: one.turn, steps: one.steps, graduate: one.graduate,
  delivery: one.delivery, main_action: one.turn.who === "mine" ? { label: "看联系办法，延长截止" } : null, href: `/invitations/${one.id}`,
});

const say = (id: string, hours: number, turn_mark: Message["turn_mark"], title: string, body: string, note: string | null, read: boolean): Message => ({
  id, title, body, turn_mark, note, at: at(hours), read, href: "/invitations/e1", delivery: null,
});
const messages = [
  say("m1", -0.4, "mine", "给许闻舟的通知没送到", "他没有关注公众号。请打电话告诉他。", "今天 23:59 截止", false),
  say("m2", -3, "done", "陆言的签约成功", "学校审核通过，协议书可以下载了。", "已签约", false),
  say("m3", -26, "others", "林知夏接受了邀请", "接着由学院和学校审核。", null, true),
  say("m4", -90, "lost", "给方未然的邀请过期了", "截止前没有答复，可以再发一份。", null, true),
];

function find(body: Body): [number, unknown] {
  if (body.card !== undefined && String(body.card).includes("expired")) return [404, { code: "not_found", detail: "没有找到。" }];
  if (body.name === "无此人") return [404, { code: "not_found", detail: "没有找到姓名和身份证号都对得上的毕业生。请核对，或请对方出示名片。" }];
  const graduate = { ref: "g1", name: body.card ? "林知夏" : String(body.name), school: "江州大学", college: "计算机与人工智能学院", major: "软件工程", degree: "本科", graduates_on: "2026-06", by: body.card ? "card" : "name_and_id" };
  const signed = body.name === "已签约";
  return [200, { graduate, can_invite: !signed, reason: signed ? "你已向该毕业生发出邀请，对方还没有答复。撤回或到期后可以再发。" : null, max_days: 30, default_days: 5 }];
}

function preview(body: Body): [number, unknown] {
  const position = (body.terms as Record<string, unknown>).position;
  if (position !== "拒收") return [200, { glance, clauses: deed, terms_hash: "b".repeat(64) }];
  const errors = [{ pointer: "/terms/credit_code", detail: "与单位账号登记的不一致。" }, { pointer: "/terms/position", detail: "含有不能使用的字符。" }];
  return [422, { code: "invalid", detail: "有 2 处填写不正确，请修改后再试。", errors }];
}

function change(id: string, act: string, body: Body): [number, unknown] {
  const one = all.get(id) as EmployerInvitation;
  if (id === "e3" && act === "withdraw") return [409, { code: "not_now", detail: "毕业生刚刚接受了邀请，不能再撤回。", state: "accepted" }];
  if (act === "withdraw") Object.assign(one, { state: "withdrawn", steps: line(1, "lost"), actions: [], reason: body.reason, turn: { who: "others", text: "你已撤回", until: null, since: null, note: null } });
  if (act === "extend") Object.assign(one, { respond_by: `${body.respond_on}T15:59:59Z`, turn: { ...one.turn, until: `${body.respond_on}T15:59:59Z` } });
  if (act !== "replace") return [200, { ...one, version: (one.version += 1) }];
  const next = { ...one, id: `n${all.size}`, form: body.terms as EmployerInvitation["form"], replaces_id: id };
  all.set(next.id, next);
  return [201, next];
}

function create(body: Body): [number, unknown] {
  const made = make(`n${all.size}`, "林知夏", "软件工程", "本科", String((body.terms as Record<string, unknown>).position), { respond_by: `${body.respond_on}T15:59:59Z`, delivery: { state: "sending", text: "正在送往微信", tone: "wait" }, opened_at: null });
  made.turn = { ...made.turn, until: made.respond_by };
  all.set(made.id, made);
  return [201, made];
}

async function employer(request: IncomingMessage, full: string): Promise<[number, unknown]> {
  const [path, query] = full.split("?") as [string, string?];
  const body = request.method === "GET" ? {} : await bodyOf(request);
  if (path === "/session/refresh" || (path === "/session" && request.method === "POST")) {
    if (body.password === "wrong") return [401, { code: "wrong_password", detail: "账号或密码不正确。" }];
    return [200, { access_token: "x", expires_in: 600, account: { id: "9", role: "employer", name: "周敏", employer: { id: "emp-1", name: terms.employer_name } } }];
  }
  const one = /^\/invitations\/(\w+)(?:\/([\w-]+))?$/.exec(path);
  if (path === "/codes") return [200, codes];
  if (path === "/employer/me") return [200, { employer: { id: "emp-1", name: terms.employer_name, ...terms }, defaults: { ...terms, position: null, position_category: null, regular_pay_cents: null, probation_months: null, probation_pay_cents: null, penalty_cents: null, report_on: null, report_place: null, work_place: null, archive_transfer: null, archive_receiver: null, hukou_transfer: null } }];
  if (path === "/graduate-lookups") return find(body);
  if (path === "/agreement-previews") return preview(body);
  if (path === "/invitations/counts") {
    const count = (group: Group) => [...all.values()].filter((it) => groupOf(it) === group).length;
    return [200, { waiting: count("waiting"), due_today: 2, review: count("review"), signed: count("signed"), ended: count("ended") }];
  }
  if (path === "/messages/counts") return [200, { unread: messages.filter((m) => !m.read).length, mine: 1, results: 1 }];
  if (path === "/messages") return [200, { items: messages, next: null }];
  if (path.startsWith("/messages/")) return messages.forEach((m) => (m.read ||= path.includes(m.id) || path.endsWith("all"))), [204, undefined];
  if (path === "/invitations" && request.method === "POST") return create(body);
  if (path === "/invitations") {
    const group = new URLSearchParams(query).get("group");
    return [200, { items: [...all.values()].filter((it) => groupOf(it) === group).map(card), next: null }];
  }
  if (one?.[2] && all.has(one[1] as string)) return change(one[1] as string, one[2], body);
  if (one && all.has(one[1] as string)) return [200, all.get(one[1] as string)];
  return path === "/session" ? [204, undefined] : [404, { code: "not_found", detail: "没有找到。" }];
}

async function check(request: IncomingMessage): Promise<[number, unknown]> {
  const { token } = await bodyOf(request);
  if (!String(token).includes("good")) return [404, { code: "not_found", detail: "没有查到与这个二维码相符的协议。" }];
  const ended = String(token).includes("ended");
  return [200, { valid: !ended, number: "2026119999480217365", number_grouped: "2026 1 19999 480217365", state: ended ? "terminated" : "effective", state_text: ended ? "协议已解约" : "协议有效", graduate: "林**", school: "江州大学", employer: "杭州****公司", effective_on: "2026-03-20", checked_at: at(0), terms_hash_matches: true }];
}

/** Which room asks is known by the page it asks from; the student's is answered elsewhere. */
export function workStandIn(): Plugin {
  return {
    name: "stand-in-work",
    configureServer(server) {
      server.middlewares.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
        const room = /^https?:\/\/[^/]+\/(e|console|v)\//.exec(request.headers.referer ?? "")?.[1];
        if (!room || !request.url?.startsWith("/api/v1/")) return next();
        const path = request.url.slice("/api/v1".length);
        const answer = room === "e" ? employer(request, path) : room === "v" ? check(request) : deskAnswer(request, path);
        setTimeout(() => void answer.then(([status, body]) => reply(response, status, body)), 150);
      });
    },
  };
}
