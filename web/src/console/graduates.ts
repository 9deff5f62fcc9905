/** Who was looked for last: names and numbers, so it lives in memory and never in an address. */
import { ref } from "vue";

export const sought = ref("");
