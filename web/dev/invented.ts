/** Invented texts for the stand-in. */
import type { Term } from "../src/api/types";

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
