/** Approving many at once: first what would happen, then a few at a time, so that one sees how far it is. */
import { computed, ref } from "vue";
import { approveMany, queueMany, type BulkOutcome, type QueueItem, type Wanted } from "@/api/review";
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
  const settled = ref(new Set<string>());
  /** How many have an answer. */
  const done = computed(() => settled.value.size);
  const problem = ref<string | null>(null);
  /** Where the queue goes on behind those looked at; null at its end. */
  const next = ref<string | null>(null);
  const clean = computed(() => lines.value.filter((line) => line.outcome.approved));
  const others = computed(() => lines.value.filter((line) => !line.outcome.approved));

  async function answered<T>(asking: () => Promise<T>): Promise<T | null> {
    try {
      return await asking();
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      problem.value = caught.message;
      return null;
    }
  }

  async function ask(items: QueueItem[], dry: boolean): Promise<Line[]> {
    if (!items.length) return [];
    const outcomes = await approveMany(
      items.map((item) => ({ id: item.filing_id, version: item.version })),
      dry,
    );
    const found = new Map(outcomes.map((outcome) => [outcome.id, outcome]));
    return items.flatMap((item) => {
      const outcome = found.get(item.filing_id);
      return outcome ? [{ item, outcome }] : [];
    });
  }

  /** What would happen with the first hundred of the queue as it is narrowed, or with those behind `next`. */
  async function look(wanted: Wanted, after: string | null = null): Promise<void> {
    state.value = "looking";
    problem.value = null;
    settled.value = new Set();
    lines.value = [];
    const found = await answered(async () => {
      const page = await queueMany(wanted, after);
      return { lines: await ask(page.items, true), next: page.next };
    });
    lines.value = found?.lines ?? [];
    next.value = found?.next ?? null;
    state.value = "ready";
  }

  /** Approves the clean ones; what was refused meanwhile says why. Stops where nothing comes through, and may go on. */
  async function run(): Promise<void> {
    const wanted = clean.value.map((line) => line.item).filter((item) => !settled.value.has(item.filing_id));
    problem.value = null;
    state.value = "running";
    for (let from = 0; from < wanted.length; from += AT_ONCE) {
      const told = await answered(() => ask(wanted.slice(from, from + AT_ONCE), false));
      if (!told) {
        state.value = "ready"; // asking again is safe: what was approved stays so
        return;
      }
      for (const line of told) {
        const shown = lines.value.find((one) => one.item.filing_id === line.item.filing_id);
        if (shown) shown.outcome = line.outcome;
        settled.value.add(line.item.filing_id);
      }
    }
    state.value = "done";
  }

  return { lines, state, done, problem, next, clean, others, look, run };
}
