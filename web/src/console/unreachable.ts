/** How many graduates no channel reached: the side bar and the page of notices show it. */
import { shallowRef } from "vue";
import { get } from "@/api/http";
import { unreachableCountsPath, type UnreachableCounts } from "@/api/notices";
import { Problem } from "@/api/problem";

export const unreachable = shallowRef(0);

/** Reads the number; what cannot be read keeps the last one. */
export async function recountUnreachable(): Promise<void> {
  try {
    unreachable.value = (await get<UnreachableCounts>(unreachableCountsPath)).data.people;
  } catch (caught) {
    if (!(caught instanceof Problem)) throw caught;
  }
}
