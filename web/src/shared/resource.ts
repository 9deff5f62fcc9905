/** One thing read from the API, kept fresh: draws what is known at once, then what is true now. */
import { onScopeDispose, ref, shallowRef, watch, type Ref, type ShallowRef } from "vue";
import { get, lastSeen } from "@/api/http";
import { Problem } from "@/api/problem";

export interface Resource<T> {
  data: ShallowRef<T | null>;
  etag: ShallowRef<string | null>;
  problem: ShallowRef<Problem | null>;
  loading: Ref<boolean>;
  reload: () => Promise<void>;
  /** Takes an act's answer as the new truth. */
  take: (data: T, etag: string | null) => void;
}

const FRESH = 5_000; // ms within which coming back to the page asks nothing again

/**
 * Reloads when the path changes, when the page comes back to the front or from the back-forward cache, and online;
 * with `every` (ms) also while one looks at it: an unchanged answer costs the server next to nothing (304).
 */
export function useResource<T>(path: () => string | null, options: { every?: number } = {}): Resource<T> {
  const data = shallowRef<T | null>(null);
  const etag = shallowRef<string | null>(null);
  const problem = shallowRef<Problem | null>(null);
  const loading = ref(false);
  let round = 0;
  let readAt = 0;

  function take(value: T, version: string | null): void {
    round += 1; // an older reading still on its way is overtaken
    data.value = value;
    etag.value = version;
    problem.value = null;
    loading.value = false;
  }

  async function reload(): Promise<void> {
    const at = path();
    if (at === null) return;
    readAt = Date.now();
    round += 1;
    const mine = round;
    loading.value = true;
    try {
      const answer = await get<T>(at);
      if (mine === round) take(answer.data, answer.etag);
    } catch (caught) {
      if (mine !== round) return;
      if (!(caught instanceof Problem)) throw caught;
      if (caught.status === 401) return; // the session has ended: we are leaving for the log-in
      loading.value = false;
      problem.value = caught;
    }
  }

  function comeBack(): void {
    if (!document.hidden && Math.abs(Date.now() - readAt) > FRESH) void reload();
  }

  function fromCache(event: PageTransitionEvent): void {
    if (event.persisted) void reload();
  }

  watch(
    path,
    (at) => {
      const known = at === null ? null : lastSeen<T>(at);
      data.value = known?.data ?? null;
      etag.value = known?.etag ?? null;
      problem.value = null;
      void reload();
    },
    { immediate: true },
  );
  const online = () => void reload();
  const beat = options.every ? setInterval(comeBack, options.every) : undefined;
  document.addEventListener("visibilitychange", comeBack);
  window.addEventListener("pageshow", fromCache);
  window.addEventListener("online", online);
  onScopeDispose(() => {
    round += 1;
    clearInterval(beat);
    document.removeEventListener("visibilitychange", comeBack);
    window.removeEventListener("pageshow", fromCache);
    window.removeEventListener("online", online);
  });
  return { data, etag, problem, loading, reload, take };
}
