/** One act of the person: busy while it runs, a Problem when refused, the same key when it is repeated unanswered. */
import { ref, shallowRef, type Ref, type ShallowRef } from "vue";
import { newKey } from "@/api/http";
import { Problem } from "@/api/problem";

export interface Act {
  busy: Ref<boolean>;
  problem: ShallowRef<Problem | null>;
  /** Runs `send` with a key; null when refused (see `problem`) or when it already runs. */
  run: <T>(what: string, send: (key: string) => Promise<T>) => Promise<T | null>;
  clear: () => void;
}

export function useAct(): Act {
  const busy = ref(false);
  const problem = shallowRef<Problem | null>(null);
  let last: { what: string; key: string } | null = null;

  /** `what` tells one content from another: the same content, unanswered, goes again under the same key. */
  async function run<T>(what: string, send: (key: string) => Promise<T>): Promise<T | null> {
    if (busy.value) return null;
    const again = last?.what === what && problem.value?.unanswered === true;
    const key = again && last ? last.key : newKey();
    last = { what, key };
    busy.value = true;
    try {
      const result = await send(key);
      problem.value = null;
      return result;
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      problem.value = caught;
      return null;
    } finally {
      busy.value = false;
    }
  }

  return { busy, problem, run, clear: () => (problem.value = null) };
}
