/** The ways in: WeChat knows who it is without asking; elsewhere the CHSI account is asked. */
import type { Router } from "vue-router";
import { inWeChat, ownPath } from "@/shared/place";

const TRIED = "wechat-tried";
const PAUSE = 60_000; // ms: a WeChat log-in that came back without a session is not tried again at once

export function startWeChat(next: string): void {
  sessionStorage.setItem(TRIED, String(Date.now()));
  window.location.replace(`/auth/wechat/start?next=${encodeURIComponent(next)}`);
}

export function chsiStart(next: string): string {
  return `/auth/chsi/start?next=${encodeURIComponent(next)}`;
}

export function mayTryWeChat(): boolean {
  return inWeChat && Date.now() - Number(sessionStorage.getItem(TRIED) ?? 0) > PAUSE;
}

/** What the page after log-in is, from a query; only ours. */
export function nextOf(query: unknown): string {
  const path = ownPath(query, "/s/");
  return path.startsWith("/s/") && !path.startsWith("/s/login") ? path : "/s/";
}

export function signInFrom(router: Router, next: string): void {
  if (mayTryWeChat()) startWeChat(next);
  else void router.replace({ path: "/login", query: { next } });
}
