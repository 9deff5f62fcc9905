/**
 * Dev server only: answers the review console with an invented queue. Approving 魏子衿 loses to somebody else's
 * decision, rejecting 苏念 finds it changed; 罗嘉禾 is being read by a colleague.
 */
import type { IncomingMessage } from "node:http";
import type { QueueItem, ReviewFiling } from "../src/api/review.ts";
import type { Message, Step } from "../src/api/types.ts";
import { deed } from "./stand-in-work.ts";
import { bodyOf } from "./wire.ts";

const at = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString();
const dayOf = (hours: number) => at(hours).slice(0, 10);

const people: [string, string, string, string, string, number, number, string | null][] = [
  ["顾一鸣", "建筑与土木学院", "土木工程", "绍兴越秀建工集团有限公司", "施工技术员 · 7,800 元/月", -80, 2, null],
  ["罗嘉禾", "外国语学院", "英语", "宁波海曙外贸服务有限公司", "外贸专员 · 6,500 元/月", -28, 1, "王老师"],
  ["魏子衿", "艺术设计学院", "视觉传达设计", "杭州壹画文化创意有限公司", "插画设计师 · 8,000 元/月", -27, 1, null],
  ["高远", "机械工程学院", "机械设计制造及其自动化", "台州永磁电机股份有限公司", "结构工程师 · 9,000 元/月", -22, 1, null],
  ["苏念", "材料科学与工程学院", "高分子材料", "嘉兴新材科技有限公司", "工艺工程师 · 8,600 元/月", -21, 1, null],
  ["邱泽宇", "建筑与土木学院", "工程管理", "江州城建集团有限公司", "项目助理 · 7,000 元/月", -20, 1, null],
  ["叶蓁蓁", "经济与管理学院", "会计学", "浙商数科有限公司", "会计 · 7,200 元/月", -19, 1, null],
  ["丁一川", "电气与自动化学院", "电气工程", "国网江州供电公司", "变电运维 · 8,800 元/月", -7, 1, null],
  ["白露", "计算机与人工智能学院", "软件工程", "云栖软件有限公司", "前端开发工程师 · 12,000 元/月", -5, 1, null],
  ["江屿", "材料科学与工程学院", "金属材料", "衢州氟材料有限公司", "质检工程师 · 7,500 元/月", -4, 1, null],
  ["宋知微", "经济与管理学院", "金融学", "江州农商银行股份有限公司", "综合柜员 · 7,000 元/月", -3, 1, null],
  ["林知夏", "计算机与人工智能学院", "软件工程", "杭州远岸数据科技有限公司", "后端开发工程师 · 13,000 元/月", -0.6, 1, null],
];

let queue: QueueItem[] = people.map(([name, college, major, title, line, since, round, holder], index) => ({
  filing_id: `f${index}`, kind: "online_signing", kind_name: "线上签约", graduate: { name, student_no: `20221403${18 + index}`, college, major, degree: "本科" }, title, line,
  since: at(since), round, holder: holder ? { name: holder } : null, due_on: dayOf(since + 72), overdue: since < -72,
}));
const done: QueueItem[] = [];

const steps: Step[] = [["单位邀请", "done"], ["毕业生答复", "done"], ["学院审核", "done"], ["学校审核", "now"]].map(([label, state]) => ({ label: label as string, state: state as Step["state"] }));

const field = (key: string, label: string, value: string, checked: string | null = null) => ({ key, label, value, checked });

function filing(item: QueueItem): ReviewFiling {
  const [job, pay] = item.line.split(" · ") as [string, string];
  return {
    ...item, id: item.filing_id, kind_name: "线上签约", version: 1, state: "school_review",
    turn: { who: "mine", text: "轮到学校审核", until: null, since: item.since, note: "3月20日前完成" }, steps,
    actions: [{ action: "approve", label: "通过", possible: true, reason: null }, { action: "reject", label: "不通过", possible: true, reason: null }],
    graduate: { ...item.graduate, graduates_on: "2026-06", phone_masked: "138****6027", id_number_masked: "3301**********0021" },
    form: [
      { section: "单位", fields: [field("employer_name", "单位名称", item.title), field("credit_code", "统一社会信用代码", "91330602MA7XK4T3D8", "校验位"), field("nature", "单位性质", "其他企业"), field("industry", "单位行业", "建筑业"), field("address", "通讯地址", "浙江省绍兴市越城区胜利东路 1357 号"), field("contact_name", "单位联系人", "俞志刚"), field("contact_mobile", "手机", "13800006027")] },
      { section: "岗位与待遇", fields: [field("position", "岗位名称", job), field("position_category", "职位类别", "工程技术人员"), field("regular_pay_cents", "转正工资", pay), field("probation_months", "试用期", "3 个月"), field("probation_pay_cents", "试用工资", "6,240 元/月"), field("penalty_cents", "违约金", "3,000 元"), field("report_on", "报到时间", "2026年7月6日 周一"), field("report_place", "报到地点", "绍兴市越城区胜利东路 1357 号 3 幢")] },
      { section: "档案与户口", fields: [field("archive_transfer", "档案转递类型", "转回生源地"), field("hukou_transfer", "户口迁移类型", "暂不确定")] },
      { section: "其他", fields: [field("supplement", "协议补充内容", "甲方为乙方提供集体宿舍；入职满一年报销一级建造师考试费用。")] },
    ],
    clauses: deed,
    history: [{ at: at(-30), title: "学院审核通过", who: `${item.graduate.college} · 李老师`, note: null }, { at: at(-50), title: "毕业生接受了邀请", who: null, note: "以操作码确认" }, { at: at(-90), title: "单位发来邀请", who: "俞志刚（人事经理）", note: null }],
    hold: item.holder ? { by: item.holder.name, until: at(0.1), mine: false } : { by: "方老师", until: at(0.16), mine: true },
    agreement: null,
  };
}

function decide(item: QueueItem, act: string): [number, unknown] {
  if (item.graduate.name === "魏子衿") {
    queue = queue.filter((one) => one !== item);
    return [409, { code: "decided_by_other", detail: "这份材料刚刚已由其他老师处理。" }];
  }
  if (item.graduate.name === "苏念" && act === "reject") return [412, { code: "stale", detail: "内容刚刚有更新，请看过最新内容后再操作。" }];
  queue = queue.filter((one) => one !== item);
  done.unshift({ ...item, verdict: act === "approve" ? "通过" : "不通过", decided_at: at(0) });
  const mark = act === "approve" ? { who: "done" as const, text: "审核通过，签约成功" } : { who: "lost" as const, text: "审核不通过" };
  return [200, { ...filing(item), state: act, turn: { ...mark, until: null, since: null, note: null } }];
}

const messages: Message[] = [
  { id: "m1", title: "有 1 份线上签约超过 3 个工作日", body: "顾一鸣 · 绍兴越秀建工集团有限公司", turn_mark: "mine", note: "请尽快审核", at: at(-2), read: false, href: "/?filing=f0", delivery: null },
  { id: "m2", title: "今天收到 4 份待审", body: "线上签约 4 份。", turn_mark: "others", note: null, at: at(-26), read: true, href: null, delivery: null },
];

export async function deskAnswer(request: IncomingMessage, full: string): Promise<[number, unknown]> {
  const [path, query] = full.split("?") as [string, string?];
  const want = new URLSearchParams(query);
  const body = request.method === "GET" ? {} : await bodyOf(request);
  if (path === "/session/refresh" || (path === "/session" && request.method === "POST")) {
    if (body.password === "wrong") return [401, { code: "wrong_password", detail: "账号或密码不正确。" }];
    return [200, { access_token: "x", expires_in: 600, account: { id: "7", role: "school", name: "方老师", school: { code: "19999", name: "江州大学" } } }];
  }
  if (path === "/reviews/counts") return [200, { total: queue.length, by_kind: { online_signing: queue.length }, overdue: queue.filter((one) => one.overdue).length, done_today: done.length }];
  if (path === "/reviews") {
    if (want.get("decided")) return [200, { items: done, next: null }];
    const q = want.get("q") ?? "";
    const college = want.get("college");
    const items = queue.filter((one) => (one.graduate.name + one.graduate.student_no + one.title).includes(q) && (!college || one.graduate.college === names[Number(college)]));
    return [200, { items, next: null }];
  }
  if (path === "/colleges") return [200, { items: names.map((name, id) => ({ id, name })) }];
  if (path.startsWith("/reason-templates/")) return [200, { items: ["单位名称与统一社会信用代码不一致，请单位核对后重新发起。", "岗位、待遇与单位公开招聘的不一致，请双方核实。", "补充约定里有违反法律规定的内容，请单位修改后重新发起。"] }];
  if (path === "/messages/counts") return [200, { unread: messages.filter((one) => !one.read).length, mine: 1, results: 0 }];
  if (path === "/messages") return [200, { items: messages, next: null }];
  if (path.startsWith("/messages/")) return messages.forEach((one) => (one.read = true)), [204, undefined];
  const found = /^\/filings\/(\w+)(?:\/(\w+))?$/.exec(path);
  const item = [...queue, ...done].find((one) => one.filing_id === found?.[1]);
  if (!found || !item) return path === "/session" ? [204, undefined] : [404, { code: "not_found", detail: "没有找到这条记录，可能已被删除，或不属于你。" }];
  if (found[2] === "hold") return request.method === "DELETE" ? [204, undefined] : [200, { until: at(0.16) }];
  return found[2] ? decide(item, found[2]) : [200, filing(item)];
}

const names = [...new Set(people.map(([, college]) => college))];
