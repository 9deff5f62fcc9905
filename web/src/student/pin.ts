/** An act confirmed by the PIN: what to show in the sheet, and which refusals belong to the page instead. */
import { computed, ref, type ComputedRef } from "vue";
import { Problem } from "@/api/problem";
import { useAct } from "@/shared/act";
import { now, useNow } from "@/shared/clock";

/** Answered in the sheet, which stays open; every other refusal means the page has changed. */
const inSheet = new Set(["wrong_pin", "pin_paused", "invalid", "too_many"]);

export interface PinAct {
  busy: ComputedRef<boolean>;
  sentence: ComputedRef<string | null>;
  wrong: ComputedRef<boolean>;
  paused: ComputedRef<boolean>;
  run: <T>(what: string, send: (key: string) => Promise<T>) => Promise<T | null>;
  /** The refusal that the page has to deal with, if the last run met one. */
  beyond: () => Problem | null;
}

export function usePinAct(): PinAct {
  const act = useAct();
  const clock = useNow();
  const pausedUntil = ref(0);
  const paused = computed(() => pausedUntil.value > clock.value);

  async function run<T>(what: string, send: (key: string) => Promise<T>): Promise<T | null> {
    const result = await act.run(what, send);
    const problem = act.problem.value;
    if (problem?.code === "pin_paused") pausedUntil.value = now() + (problem.retryAfter ?? 900) * 1000;
    return result;
  }

  const sentence = computed(() => {
    const problem = act.problem.value;
    if (!problem) return null;
    if (problem.code !== "pin_paused") return problem.byField.pin ?? problem.message;
    if (!paused.value) return "可以再试了。";
    const left = Math.floor((pausedUntil.value - clock.value) / 1000);
    return `${problem.message}还有 ${left >= 60 ? `${Math.ceil(left / 60)} 分钟` : `${left} 秒`}。`;
  });

  return {
    busy: computed(() => act.busy.value),
    sentence,
    wrong: computed(() => ["wrong_pin", "pin_paused"].includes(act.problem.value?.code ?? "")),
    paused,
    run,
    beyond: () => {
      const problem = act.problem.value;
      // What is wrong with the rest of what was sent is no matter of the sheet's.
      const ours = problem?.code === "invalid" ? problem.errors.every(({ pointer }) => pointer === "/pin") : inSheet.has(problem?.code ?? "");
      if (!problem || problem.unanswered || ours) return null;
      act.clear();
      return problem;
    },
  };
}
