/** A list read page by page. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { get, lastSeen } from "@/api/http";
import { Problem } from "@/api/problem";
import type { List } from "@/api/types";

const PAGE = 20; // rows the API gives unasked
const LONGEST = 100; // rows it gives at once

export interface Pages<T> {
  /** Null until the first page is there. */
  items: ShallowRef<T[] | null>;
  problem: ShallowRef<Problem | null>;
  loading: Ref<boolean>;
  more: ComputedRef<boolean>;
  reload: () => Promise<void>;
  loadMore: () => Promise<void>;
}

/** `path` names the first page, with its filters; reloads when it changes and when the page comes to the front. */
export function usePages<T>(path: () => string): Pages<T> {
  const items = shallowRef<T[] | null>(null);
  const next = ref<string | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const loading = ref(false);
  let round = 0;

  async function read(query: Record<string, string>): Promise<List<T>> {
    const first = path();
    const text = new URLSearchParams(query).toString();
    return (await get<List<T>>(text ? `${first}${first.includes("?") ? "&" : "?"}${text}` : first)).data;
  }

  /** `many` rows from the beginning, or the page after a cursor. */
  async function load(many: number, after: string | null = null): Promise<void> {
    round += 1;
    const mine = round;
    loading.value = true;
    try {
      const size: Record<string, string> = many > PAGE ? { limit: String(Math.min(many, LONGEST)) } : {};
      let page = await read(after ? { ...size, after } : size);
      let found = page.items;
      while (mine === round && page.next !== null && found.length < many) {
        page = await read({ ...size, after: page.next });
        found = [...found, ...page.items];
      }
      if (mine !== round) return;
      items.value = after ? [...(items.value ?? []), ...found] : found;
      next.value = page.next;
      problem.value = null;
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      if (mine === round && caught.status !== 401) problem.value = caught; // 401: we are leaving for the log-in
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  /** As many as are shown already, so that the list does not shrink under the reader. */
  const reload = () => load(items.value?.length ?? 0);
  async function loadMore(): Promise<void> {
    if (next.value !== null && !loading.value) await load(0, next.value);
  }
  const comeBack = () => {
    if (!document.hidden && !loading.value) void reload();
  };
  const fromCache = (event: PageTransitionEvent) => {
    if (event.persisted) void reload();
  };
  watch(
    path,
    (at) => {
      const known = lastSeen<List<T>>(at);
      items.value = known?.data.items ?? null;
      next.value = known?.data.next ?? null;
      void reload();
    },
    { immediate: true },
  );
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("pageshow", fromCache);
  window.addEventListener("online", comeBack);
  onScopeDispose(() => {
    round += 1;
    document.removeEventListener("visibilitychange", comeBack);
    window.removeEventListener("pageshow", fromCache);
    window.removeEventListener("online", comeBack);
  });
  return { items, problem, loading, more: computed(() => next.value !== null), reload, loadMore };
}
