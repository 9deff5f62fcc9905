/** A list read page by page. */
import { computed, onScopeDispose, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { get, lastSeen } from "@/api/http";
import { Problem } from "@/api/problem";
import type { List } from "@/api/types";

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

  async function load(after: string | null): Promise<void> {
    round += 1;
    const mine = round;
    loading.value = true;
    try {
      const first = path();
      const { data } = await get<List<T>>(after ? `${first}${first.includes("?") ? "&" : "?"}after=${encodeURIComponent(after)}` : first);
      if (mine !== round) return;
      items.value = after ? [...(items.value ?? []), ...data.items] : data.items;
      next.value = data.next;
      problem.value = null;
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      if (mine === round && caught.status !== 401) problem.value = caught; // 401: we are leaving for the log-in
    } finally {
      if (mine === round) loading.value = false;
    }
  }

  const reload = () => load(null);
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
  onScopeDispose(() => {
    round += 1;
    document.removeEventListener("visibilitychange", comeBack);
    window.removeEventListener("pageshow", fromCache);
  });
  return { items, problem, loading, more: computed(() => next.value !== null), reload, loadMore: () => load(next.value) };
}
