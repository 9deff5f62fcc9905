/** The document's title, which is the tab's: how many messages are unread stands before it. */
import { watch } from "vue";
import { inWeChat } from "./place";
import { unread } from "./unread";

let words = "";

function draw(): void {
  // WeChat draws the title large above the page and has no tabs to be told apart.
  document.title = unread.value > 0 && !inWeChat ? `(${unread.value > 99 ? "99+" : unread.value}) ${words}` : words;
}

export function setTitle(title: string): void {
  words = title;
  draw();
}

watch(unread, draw);
