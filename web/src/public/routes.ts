import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [
  { path: "/", component: () => import("./StartPage.vue"), meta: { open: true, title: "核验协议书" } },
  { path: "/return", component: () => import("./ReturnPage.vue"), meta: { open: true, title: "协助回传" } },
  { path: "/:code", component: () => import("./CheckPage.vue"), props: true, meta: { open: true, title: "核验结果" } },
  { path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } },
];
