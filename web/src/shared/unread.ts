/** How many messages are unread: one number for every badge of a room and for the tab's title. */
import { computed, onScopeDispose, shallowRef, watch } from "vue";
import { get } from "@/api/http";
import { Problem } from "@/api/problem";
import { account } from "@/api/session";
import type { MessageCounts } from "@/api/types";

const PERIOD = 30_000; // ms
const NONE: MessageCounts = { unread: 0, mine: 0, results: 0 };

export const counts = shallowRef<MessageCounts>(NONE);
export const unread = computed(() => counts.value.unread);

let round = 0;

/** What another answer said of the unread ones, or what was just read here; a count still on its way is older. */
export function setUnread(many: number): void {
  round += 1;
  if (many !== unread.value) counts.value = { ...counts.value, unread: Math.max(0, many) };
}

/** Reads the counts; what cannot be read keeps its last numbers. */
export async function recount(): Promise<void> {
  round += 1;
  const mine = round;
  try {
    const { data } = await get<MessageCounts>("/messages/counts");
    if (mine === round) counts.value = data;
  } catch (caught) {
    if (!(caught instanceof Problem)) throw caught;
  }
}

/** For a room's root: keeps the counts while somebody is signed in and looks. `spared`: another answer brings them. */
export function useUnread(spared: () => boolean = () => false): void {
  const look = () => void (account.value && !document.hidden && !spared() && recount());
  const fromCache = (event: PageTransitionEvent) => void (event.persisted && look());
  watch(
    () => account.value?.id,
    (id) => (id ? look() : (counts.value = NONE)),
    { immediate: true },
  );
  const timer = setInterval(look, PERIOD);
  document.addEventListener("visibilitychange", look);
  window.addEventListener("pageshow", fromCache);
  window.addEventListener("online", look);
  onScopeDispose(() => {
    clearInterval(timer);
    document.removeEventListener("visibilitychange", look);
    window.removeEventListener("pageshow", fromCache);
    window.removeEventListener("online", look);
  });
}
