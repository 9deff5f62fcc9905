import { computed, watch, type ComputedRef } from "vue";
import { useNow } from "./clock";
import { remaining } from "./format";

export interface Countdown {
  /** 「剩 2 天 3 小时」, null when over or when there is no deadline. */
  text: ComputedRef<string | null>;
  over: ComputedRef<boolean>;
}

/** Counts down to `until` by the server's time; calls `atZero` once, when the moment passes while we look. */
export function useCountdown(until: () => string | null, options: { fine?: boolean; atZero?: () => void } = {}): Countdown {
  const now = useNow();
  const deadline = computed(() => {
    const at = until();
    return at ? Date.parse(at) : null;
  });
  const over = computed(() => deadline.value !== null && deadline.value <= now.value);
  const text = computed(() => (deadline.value === null ? null : remaining(deadline.value, now.value, options.fine)));
  watch([over, deadline], ([isOver, at], [wasOver, was]) => {
    if (isOver && !wasOver && at === was) options.atZero?.();
  });
  return { text, over };
}
