/** Invented texts for the stand-in. */
import type { Message, Term } from "../src/api/types";

export const glance: Term[] = [
  { key: "position", label: "岗位", value: "后端开发工程师", note: "工程技术人员" },
  { key: "regular_pay", label: "转正工资", value: "13,000 元/月", note: null },
  { key: "probation_pay", label: "试用期 3 个月", value: "10,400 元/月", note: null },
  { key: "report_on", label: "报到", value: "2026年7月6日 周一", note: null },
  { key: "work_place", label: "工作地点", value: "杭州 · 滨江区", note: null },
  { key: "penalty", label: "违约金", value: "5,000 元", note: "签约生效后你单方面不去，按此赔付" },
  { key: "archive", label: "档案转递", value: "滨江区人才中心", note: null },
  { key: "hukou", label: "户口迁移", value: "暂不确定", note: null },
];

export function otherMessages(at: (hours: number) => string): Message[] {
  const say = (id: string, hours: number, turn_mark: Message["turn_mark"], title: string, body: string, note: string | null, way: string | null, read = true): Message => ({
    id, title, body, turn_mark, note, at: at(hours), read, href: "/invitations/yuanan", delivery: way ? { text: way } : null,
  });
  return [
    say("m1", -0.5, "mine", "远岸数据的邀请今天到期", "后端开发工程师。今晚不答复就失效，对方可再发。", "今天 23:59 截止", "已送达微信 08:05", false),
    say("m2", -0.7, "mine", "嘉兴禾芯电子发来邀请", "嵌入式工程师 · 答复截止 4月1日 周三 23:59", "4月1日 23:59 截止", null, false),
    say("m3", -25, "done", "线上签约，学院审核通过", "接着由学校审核，最晚 3月24日 周二有结果。", null, "已送达微信 16:40"),
    say("m4", -26, "others", "江州城建撤回了邀请", "施工图设计师。不影响你的其他邀请。", null, null),
    say("m5", -140, "others", "嘉兴禾芯电子发来邀请", "嵌入式工程师 · 答复截止 4月1日 周三 23:59", null, "微信没送到"),
    say("m6", -200, "lost", "江州轨道的邀请过期了", "截止前没有答复。还想去，可以请对方再发。", null, null),
  ];
}
