/** What is searched for: names and numbers, so it lives in memory and never in an address. */
import { ref } from "vue";

/** As typed. */
export const words = ref("");
/** As asked for, once typing has paused. */
export const wanted = ref("");

let typing: ReturnType<typeof setTimeout> | undefined;

export function type(text: string): void {
  words.value = text;
  clearTimeout(typing);
  typing = setTimeout(() => (wanted.value = text.trim()), 250);
}

export function clear(): void {
  clearTimeout(typing);
  words.value = wanted.value = "";
}
