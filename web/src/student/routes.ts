import type { RouteRecordRaw } from "vue-router";
import HomePage from "./pages/HomePage.vue";

// The home page comes with the first load; all others when they are opened.
export const routes: RouteRecordRaw[] = [
  { path: "/", component: HomePage, meta: { tabs: true } },
  { path: "/login", component: () => import("./pages/LoginPage.vue"), meta: { open: true, title: "登录" } },
  { path: "/welcome", component: () => import("./pages/WelcomePage.vue"), meta: { title: "核对基本信息" } },
  { path: "/invitations", component: () => import("./pages/InvitationsPage.vue"), meta: { title: "签约邀请和进度" } },
  { path: "/invitations/:id", component: () => import("./pages/InvitationPage.vue"), props: true, meta: { title: "签约邀请" } },
  { path: "/invitations/:id/terms", component: () => import("./pages/TermsPage.vue"), props: true, meta: { title: "协议全文" } },
  { path: "/destination", component: () => import("./pages/DestinationPage.vue"), meta: { title: "毕业去向填报" } },
  { path: "/standards", component: () => import("./pages/StandardsPage.vue"), meta: { title: "毕业去向分类及标准" } },
  { path: "/archive", component: () => import("./pages/LanePage.vue"), props: { lane: "archive" }, meta: { title: "档案信息登记" } },
  { path: "/hukou", component: () => import("./pages/LanePage.vue"), props: { lane: "hukou" }, meta: { title: "户口信息登记" } },
  { path: "/filings", component: () => import("./pages/FilingsPage.vue"), meta: { title: "我的申报" } },
  { path: "/filings/:id", component: () => import("./pages/FilingPage.vue"), props: true, meta: { title: "申报" } },
  { path: "/messages", component: () => import("./pages/MessagesPage.vue"), meta: { tabs: true, title: "消息" } },
  { path: "/me", component: () => import("./pages/MePage.vue"), meta: { tabs: true, title: "我的" } },
  { path: "/me/base-data", component: () => import("./pages/BaseDataPage.vue"), meta: { title: "基本信息" } },
  { path: "/me/notices", component: () => import("./pages/NoticesPage.vue"), meta: { title: "消息推送" } },
  { path: "/me/name-card", component: () => import("./pages/NameCardPage.vue"), meta: { title: "我的名片码" } },
  { path: "/me/wechat", component: () => import("./pages/WeChatPage.vue"), meta: { title: "绑定微信" } },
  { path: "/bind/:id", component: () => import("./pages/BindPage.vue"), props: true, meta: { open: true, title: "确认绑定微信" } },
  { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } },
];
