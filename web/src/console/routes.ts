import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./pages/DeskPage.vue"), meta: { title: "审核台" } },
  { path: "/filings/:id", redirect: (to) => ({ path: "/", query: { filing: String(to.params.id) } }) },
  { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { open: true, title: "登录" } },
  { path: "/messages", component: () => import("./pages/MessagesPage.vue"), meta: { title: "通知" } },
  { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } },
];
