/** What the side bar and the desk's tabs both show. */
import { shallowRef } from "vue";
import { get } from "@/api/http";
import { countsPath, type QueueCounts } from "@/api/review";
import { Problem } from "@/api/problem";
import type { MessageCounts } from "@/api/types";

export const waiting = shallowRef<QueueCounts | null>(null);
export const unread = shallowRef(0);

/** Reads both counts; what cannot be read keeps its last number. */
export async function recount(): Promise<void> {
  const quietly = async (read: () => Promise<void>) => {
    try {
      await read();
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
    }
  };
  await Promise.all([
    quietly(async () => void (waiting.value = (await get<QueueCounts>(countsPath)).data)),
    quietly(async () => void (unread.value = (await get<MessageCounts>("/messages/counts")).data.unread)),
  ]);
}
