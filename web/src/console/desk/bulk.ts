/** Approving many at once: first what would happen, then a few at a time, so that one sees how far it is. */
import { computed, ref } from "vue";
import { approveMany, type BulkOutcome, type QueueItem } from "@/api/review";
import { Problem } from "@/api/problem";

export const MOST = 100;
const AT_ONCE = 10;

export interface Line {
  item: QueueItem;
  outcome: BulkOutcome;
}

export function useBulk() {
  const lines = ref<Line[]>([]);
  const state = ref<"idle" | "looking" | "ready" | "running" | "done">("idle");
  const done = ref(0);
  const problem = ref<string | null>(null);
  const clean = computed(() => lines.value.filter((line) => line.outcome.approved));
  const others = computed(() => lines.value.filter((line) => !line.outcome.approved));

  async function ask(items: QueueItem[], dry: boolean): Promise<Line[] | null> {
    try {
      const outcomes = await approveMany(
        items.map((item) => ({ id: item.filing_id, version: item.version })),
        dry,
      );
      const found = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
      return items.flatMap((item) => {
        const outcome = found.get(item.filing_id);
        return outcome ? [{ item, outcome }] : [];
      });
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      problem.value = caught.message;
      return null;
    }
  }

  /** What would happen with these; at most a hundred, the oldest first. */
  async function look(items: QueueItem[]): Promise<void> {
    state.value = "looking";
    problem.value = null;
    done.value = 0;
    lines.value = (await ask(items.slice(0, MOST), true)) ?? [];
    state.value = "ready";
  }

  /** Approves the clean ones; what was refused meanwhile says why. Stops where nothing comes through, and may go on. */
  async function run(): Promise<void> {
    const wanted = clean.value.map((line) => line.item);
    problem.value = null;
    state.value = "running";
    for (let from = done.value; from < wanted.length; from += AT_ONCE) {
      const answered = await ask(wanted.slice(from, from + AT_ONCE), false);
      if (!answered) {
        state.value = "ready"; // asking again is safe: what was approved stays so
        return;
      }
      for (const line of answered) {
        const shown = lines.value.find((one) => one.item.filing_id === line.item.filing_id);
        if (shown) shown.outcome = line.outcome;
      }
      done.value += answered.length;
    }
    state.value = "done";
  }

  return { lines, state, done, problem, clean, others, look, run };
}
