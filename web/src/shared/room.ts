/** Starts a room: base style, router with titles and a guard, the session's end. */
import "./tokens.css";
import "./base.css";
import { createApp, nextTick, type App, type Component } from "vue";
import { createRouter, createWebHistory, type RouteLocationNormalized, type RouteRecordRaw, type Router } from "vue-router";
import { enterRoom, refresh, waitFor } from "@/api/http";
import { account, onSignedOut, restore } from "@/api/session";
import type { Role } from "@/api/types";
import { setTitle } from "./title";

declare module "vue-router" {
  interface RouteMeta {
    /** The document's title, which WeChat shows as the page's. */
    title?: string;
    /** Anyone may see it, signed in or not. */
    open?: boolean;
    /** Student: shows the tab bar. */
    tabs?: boolean;
  }
}

export interface Room {
  base: string;
  root: Component;
  routes: RouteRecordRaw[];
  /** Who belongs here; none for a public room. */
  roles: Role[];
  /** Name for titles: 「签约邀请 · 去向」. */
  name: string;
  /** Show the first page's shape before the session is known: for rooms whose pages do not ask who it is. */
  eager?: boolean;
  /** Where to send somebody who is not signed in; `next` is a path with the room's base. */
  signIn?: (router: Router, next: string) => void;
}

export interface Opened {
  app: App;
  router: Router;
}

export function openRoom(room: Room): Opened {
  enterRoom(room.base.replace(/\//g, ""));
  const router = createRouter({
    history: createWebHistory(room.base),
    routes: room.routes,
    scrollBehavior: (to, from, saved) => saved ?? (to.path === from.path ? false : { top: 0 }),
  });
  const leave = room.signIn ?? ((to, next) => void to.replace({ path: "/login", query: { next } }));
  const fullPath = (to: RouteLocationNormalized) => room.base.replace(/\/$/, "") + to.fullPath;

  /** False when nobody who belongs here is signed in; then we are on our way to the log-in. */
  async function admitted(to: RouteLocationNormalized): Promise<boolean> {
    try {
      if ((await restore()) && account.value && room.roles.includes(account.value.role)) return true;
    } catch {
      return true; // offline: the page itself says so and offers another try
    }
    leave(router, fullPath(to));
    return false;
  }

  router.beforeEach((to, from) => {
    if (to.meta.open || room.roles.length === 0) return true;
    if (account.value || !room.eager || from.matched.length > 0) return admitted(to);
    waitFor(refresh()); // the first page shows its shape meanwhile; its calls wait
    void admitted(to);
    return true;
  });

  router.afterEach((to, from) => {
    if (to.path === from.path && from.matched.length > 0) return;
    setTitle(to.meta.title ? `${to.meta.title} · ${room.name}` : room.name);
    if (from.matched.length > 0) void nextTick(announce);
  });

  onSignedOut(() => {
    const to = router.currentRoute.value;
    if (!to.meta.open) leave(router, fullPath(to));
  });

  // A new release has taken away the file of a page not yet loaded: take the new release, once.
  router.onError((error: Error, to) => {
    if (/import|fetch|load/i.test(error.message) && !sessionStorage.getItem("reloaded")) {
      sessionStorage.setItem("reloaded", "1");
      window.location.assign(fullPath(to));
    }
  });
  void router.isReady().then(
    () => sessionStorage.removeItem("reloaded"),
    () => undefined, // sent to the log-in page instead
  );

  const app = createApp(room.root);
  app.use(router).mount("#app");
  return { app, router };
}

/** After a change of page the focus goes to its heading, so that a screen reader says where we are. */
function announce(): void {
  const heading = document.querySelector<HTMLElement>("main h1, h1");
  if (!heading) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
