/** The soft claim on the item being read: others see who has it, for ten minutes at a time. */
import { onScopeDispose, ref, watch, type Ref } from "vue";
import { Problem } from "@/api/problem";
import { hold, letGo } from "@/api/review";

const DWELL = 700; // ms: walking through the queue by key claims nothing
const RENEW = 4 * 60_000;

export interface Claim {
  /** Until when the open item is ours; null when it is not. */
  until: Ref<string | null>;
}

/** Claims the item named by `id` (null: none), renews while the page is in front, lets go when another is opened. */
export function useHold(id: () => string | null): Claim {
  const until = ref<string | null>(null);
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let renewing: ReturnType<typeof setInterval> | undefined;
  let held: string | null = null;

  async function claim(item: string): Promise<void> {
    try {
      const answer = await hold(item);
      if (id() !== item) return void letGo(item).catch(() => undefined);
      held = answer.until ? item : null; // null: a colleague was faster
      until.value = answer.until;
    } catch (caught) {
      // Somebody else has it, or it is decided: the item itself says so when it is read.
      if (!(caught instanceof Problem)) throw caught;
      until.value = null;
    }
  }

  function release(): void {
    clearTimeout(waiting);
    clearInterval(renewing);
    until.value = null;
    if (held) void letGo(held).catch(() => undefined); // it ends by itself anyway
    held = null;
  }

  watch(
    id,
    (item) => {
      release();
      if (!item) return;
      waiting = setTimeout(() => void claim(item), DWELL);
      renewing = setInterval(() => !document.hidden && held === item && void claim(item), RENEW);
    },
    { immediate: true },
  );
  onScopeDispose(release);
  return { until };
}
