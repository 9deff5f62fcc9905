/** The review desk's state: which item is open, what may be decided, what a decision leads to. */
import { computed, onScopeDispose, ref, watch } from "vue";
import { useRoute, useRouter } from "vue-router";
import type { Problem } from "@/api/problem";
import {
  approve,
  filingPath,
  giveBack,
  queuePath,
  reject,
  takeUp,
  type Mark,
  type QueueItem,
  type ReviewFiling,
  type Wanted,
} from "@/api/review";
import { useAct } from "@/shared/act";
import { usePages } from "@/shared/pages";
import { useResource } from "@/shared/resource";
import { recount } from "../counts";
import { useHold } from "./hold";
import { nextAfter, step } from "./order";
import { clear as clearSearch, wanted as searched } from "./search";

export type Verdict = "approve" | "return" | "reject";

export interface Said {
  tone: "done" | "look";
  text: string;
}

const ONE_PAGE = 20;
const AHEAD = 5; // rows left below when the next ones are read
const SAID_FOR = { done: 6_000, look: 15_000 }; // ms
const WIDE = "(min-width: 47.51rem)"; // below, the queue and the open item are two screens

export function useDesk() {
  const route = useRoute();
  const router = useRouter();
  const text = (name: string) => (typeof route.query[name] === "string" ? (route.query[name] as string) : undefined);

  const lookingBack = computed(() => route.query.view === "decided");
  /** What the queue is narrowed to, and its order. */
  const wanted = computed<Wanted>(() => ({
    kind: text("kind"),
    college: text("college"),
    q: searched.value || undefined,
    overdue: text("overdue"),
    flagged: text("flagged"),
    sort: text("sort"),
  }));
  const path = computed(() => queuePath(lookingBack.value ? { decided: "mine" } : wanted.value));
  const queue = usePages<QueueItem>(() => path.value);
  const items = computed(() => queue.items.value ?? []);
  const openId = computed(() => text("filing") ?? null);
  const filing = useResource<ReviewFiling>(() => (openId.value ? filingPath(openId.value) : null), { every: 30_000 });
  const open = computed(() => (filing.data.value?.id === openId.value ? filing.data.value : null));

  const can = (action: string) => open.value?.actions.some((one) => one.action === action && one.possible) ?? false;
  const heldBy = computed(() => (open.value?.hold && !open.value.hold.mine ? open.value.hold : null));
  /** Decided here: not offered again while the next one is still on its way. */
  const settled = ref(new Set<string>());
  const toDo = computed(() => {
    const one = open.value;
    return one && one.turn.who === "mine" && can("approve") && !heldBy.value && !settled.value.has(one.id)
      ? one.id
      : null;
  });
  const hold = useHold(() => toDo.value);

  const act = useAct();
  const busy = act.busy;
  const said = ref<Said | null>(null);
  let silence: ReturnType<typeof setTimeout> | undefined;
  /** What a refusal says about the reason given, or that nothing came through: shown where it was written. */
  const dialogProblem = computed(() => act.problem.value?.errors[0]?.detail ?? act.problem.value?.message ?? null);

  function go(id: string | null): void {
    void router.replace({ query: { ...route.query, filing: id ?? undefined } });
  }
  function move(by: 1 | -1): void {
    const to = step(items.value, openId.value, by);
    if (queue.more.value && items.value.findIndex((one) => one.filing_id === to) >= items.value.length - AHEAD) void queue.loadMore();
    go(to);
  }

  watch(
    queue.items,
    (list) => {
      if (list?.length && !openId.value && window.matchMedia(WIDE).matches)
        go((list.find((one) => !one.holder) ?? list[0])?.filing_id ?? null);
    },
    { immediate: true },
  );
  watch(openId, () => act.clear());
  watch(searched, () => go(null));
  watch(said, (now) => {
    clearTimeout(silence);
    if (now) silence = setTimeout(() => (said.value = null), SAID_FOR[now.tone]);
  });

  function leaveBehind(id: string): string | null {
    const next = nextAfter(items.value, id);
    settled.value.add(id);
    queue.items.value = items.value.filter((one) => one.filing_id !== id);
    if (queue.more.value && items.value.length < AHEAD) void queue.loadMore();
    if (items.value.length === 0) clearSearch(); // who was looked for is done: back to the whole queue
    void recount();
    go(window.matchMedia(WIDE).matches ? next : null);
    return next;
  }

  /** `reason` is, for an approval, what the office found out; `marks` go with a return. */
  async function decide(verdict: Verdict, reason = "", marks: Mark[] = []): Promise<boolean> {
    const one = open.value;
    if (!one || toDo.value !== one.id || busy.value) return false;
    said.value = null;
    const name = one.graduate.name;
    const answer = await act.run(`${one.id} ${verdict} ${reason} ${JSON.stringify(marks)}`, (key) => {
      const version = { etag: filing.etag.value, key };
      if (verdict === "approve") return approve(one.id, reason, version);
      return verdict === "return" ? giveBack(one.id, reason, marks, version) : reject(one.id, reason, version);
    });
    if (!answer) return act.problem.value ? refused(one.id, name, act.problem.value) : false;
    const outcome = { approve: `已通过 ${name}`, return: `已退回 ${name}，本人会收到原因`, reject: `${name} 不通过，会告知原因` };
    said.value = { tone: "done", text: outcome[verdict] };
    leaveBehind(one.id);
    return true;
  }

  /** 接办: it comes to this desk; it is not decided by that and stays open. */
  async function take(): Promise<void> {
    const one = open.value;
    if (!one || !can("take_up") || busy.value) return;
    const answer = await act.run(`${one.id} take-up`, (key) => takeUp(one.id, { etag: filing.etag.value, key }));
    if (!answer) {
      if (act.problem.value) await refused(one.id, one.graduate.name, act.problem.value);
      return;
    }
    said.value = { tone: "done", text: `已接办 ${one.graduate.name}，现在由你们审` };
    void recount();
    await Promise.all([filing.reload(), queue.reload()]);
  }

  /** 代为修改: what was corrected stays open, to be decided next. */
  function corrected(found: ReviewFiling, etag: string | null): void {
    filing.take(found, etag);
    queue.items.value = items.value.map((one) => (one.filing_id === found.id ? { ...one, title: found.title, version: found.version } : one));
    said.value = { tone: "done", text: `已修改 ${found.graduate.name} 的内容，本人会看到修改前后` };
  }

  /** Somebody was faster, or it changed: say so calmly and go on. True when the item is settled for us. */
  async function refused(id: string, name: string, problem: Problem): Promise<boolean> {
    if (problem.code === "stale") {
      said.value = { tone: "look", text: `${name}：${problem.message}` };
      await filing.reload();
      return true;
    }
    if (problem.status === 409 || problem.status === 404) {
      const next = leaveBehind(id);
      said.value = { tone: "look", text: `${name}：${problem.message}${next ? "已为你打开下一份。" : ""}` };
      return true;
    }
    said.value = { tone: "look", text: `${name}：${dialogProblem.value}` };
    return false;
  }

  // Who is reading what changes all the time; only the first page is read again, so that nobody loses their place.
  const looking = setInterval(() => {
    if (!document.hidden && !busy.value && items.value.length <= ONE_PAGE) void queue.reload();
  }, 20_000);
  onScopeDispose(() => {
    clearInterval(looking);
    clearTimeout(silence);
  });

  return {
    busy,
    can,
    corrected,
    decide,
    dialogProblem,
    filing,
    go,
    heldBy,
    hold,
    items,
    lookingBack,
    move,
    open,
    openId,
    queue,
    refused,
    said,
    take,
    toDo,
    wanted,
  };
}
