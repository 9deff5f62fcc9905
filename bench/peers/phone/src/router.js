import { createRouter, createWebHistory } from "vue-router";

export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: "/", component: () => import("./pages/HomePage.vue") },
    { path: "/messages", component: () => import("./pages/OtherPage.vue"), props: { title: "消息" } },
    { path: "/me", component: () => import("./pages/OtherPage.vue"), props: { title: "我的" } },
    { path: "/invitations/:id", component: () => import("./pages/OtherPage.vue"), props: { title: "签约邀请" } },
  ],
});
