/** What the side bar and the desk's tabs both show. */
import { shallowRef } from "vue";
import { get } from "@/api/http";
import { countsPath, type QueueCounts } from "@/api/review";
import { Problem } from "@/api/problem";

export const waiting = shallowRef<QueueCounts | null>(null);

/** Reads the counts; what cannot be read keeps its last number. */
export async function recount(): Promise<void> {
  try {
    waiting.value = (await get<QueueCounts>(countsPath)).data;
  } catch (caught) {
    if (!(caught instanceof Problem)) throw caught;
  }
}
