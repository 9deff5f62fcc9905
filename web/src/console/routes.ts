import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./pages/DeskPage.vue"), meta: { title: "审核台" } },
  { path: "/filings/:id", redirect: (to) => ({ path: "/", query: { filing: String(to.params.id) } }) },
  { path: "/graduates", component: () => import("./pages/GraduatesPage.vue"), meta: { title: "毕业生" } },
  { path: "/graduates/:id", component: () => import("./pages/GraduatePage.vue"), meta: { title: "毕业生" } },
  { path: "/graduates/:id/filings/:filing", component: () => import("./pages/OnBehalfPage.vue"), meta: { title: "代登记" } },
  { path: "/help", component: () => import("./pages/HelpPage.vue"), meta: { title: "请学校协助" } },
  { path: "/voids", component: () => import("./pages/VoidsPage.vue"), meta: { title: "作废记录" } },
  { path: "/settings", component: () => import("./pages/SettingsPage.vue"), meta: { title: "设置" } },
  { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { open: true, title: "登录" } },
  {
    path: "/messages",
    component: () => import("./pages/NoticesPage.vue"),
    meta: { title: "通知" },
    children: [
      { path: "", component: () => import("./pages/MessagesPage.vue") },
      { path: "unreachable", component: () => import("./pages/UnreachablePage.vue"), meta: { title: "联系不上的毕业生" } },
      { path: "deliveries", component: () => import("./pages/DeliveriesPage.vue"), meta: { title: "送达情况" } },
      { path: "choices", component: () => import("./pages/ChoicesPage.vue"), meta: { title: "推送设置" } },
    ],
  },
  { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } },
];
