import type { RouteRecordRaw } from "vue-router";

export const routes: RouteRecordRaw[] = [{ path: "/:rest(.*)*", component: () => import("./NotFound.vue"), meta: { open: true, title: "没有这一页" } }];
