/** How many messages are unread: shown by the tab bar, known by the home and the message pages. */
import { ref } from "vue";

export const unread = ref(0);
