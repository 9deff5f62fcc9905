import { computed, onScopeDispose, watch, type ComputedRef } from "vue";
import { useNow } from "./clock";
import { remaining } from "./format";

export interface Countdown {
  /** 「剩 2 天 3 小时」, null when over or when there is no deadline. */
  text: ComputedRef<string | null>;
  over: ComputedRef<boolean>;
}

/** ms after zero at which to look again: the server ends things within a second or two, and may be busy. */
const LOOKS = [1_500, 4_000, 10_000, 30_000];

/**
 * Counts down to `until` by the server's time. `atZero` is called when the moment passes while we look, and a few
 * times more until what it reads has brought another deadline, none, or another page.
 */
export function useCountdown(until: () => string | null, options: { fine?: boolean; atZero?: () => void } = {}): Countdown {
  const now = useNow();
  const deadline = computed(() => {
    const at = until();
    return at ? Date.parse(at) : null;
  });
  const over = computed(() => deadline.value !== null && deadline.value <= now.value);
  const text = computed(() => (deadline.value === null ? null : remaining(deadline.value, now.value, options.fine)));
  let timers: ReturnType<typeof setTimeout>[] = [];
  const stop = () => {
    timers.forEach(clearTimeout);
    timers = [];
  };
  watch([over, deadline], ([isOver, at], [wasOver, was]) => {
    stop();
    if (!options.atZero || !isOver || wasOver || at !== was) return;
    const look = options.atZero;
    look();
    timers = LOOKS.map((after) => setTimeout(look, after));
  });
  onScopeDispose(stop);
  return { text, over };
}
