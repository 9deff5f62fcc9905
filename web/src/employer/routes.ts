import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./pages/ListPage.vue"), meta: { title: "签约管理" } },
  { path: "/invitations", redirect: (to) => ({ path: "/", query: to.query }) },
  { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { open: true, title: "单位登录" } },
  { path: "/card/:token", redirect: (to) => ({ path: "/invite", query: { card: String(to.params.token) } }) },
  { path: "/invite", component: () => import("./pages/FindPage.vue"), meta: { title: "发起签约" } },
  { path: "/invite/terms", component: () => import("./pages/TermsPage.vue"), meta: { title: "填条款" } },
  { path: "/invite/preview", component: () => import("./pages/PreviewPage.vue"), meta: { title: "预览并发出" } },
  {
    path: "/invitations/:id",
    component: () => import("./pages/InvitationPage.vue"),
    props: true,
    meta: { title: "签约邀请" },
  },
  { path: "/messages", component: () => import("./pages/MessagesPage.vue"), meta: { title: "消息" } },
  { path: "/notices", component: () => import("./pages/NoticesPage.vue"), meta: { title: "消息推送" } },
  { path: "/mine", component: () => import("./pages/MinePage.vue"), meta: { title: "我的" } },
  { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } },
];
