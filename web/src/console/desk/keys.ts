/** What a key means on the review desk. */

export type DeskCommand = 
  | "next"
  | "previous"
  | "approve"
  | "return"
  | "reject"
  | "takeUp"
  | "edit"
  | "compare"
  | "left"
  | "right"
  | "larger"
  | "smaller"
  | "fit"
  | "pageBack"
  | "pageOn"
  | "search"
  | "help"
  | "close";

const COMMANDS: Record<string, DeskCommand> = {
  j: "next",
  k: "previous",
  a: "approve",
  r: "return",
  x: "reject",
  t: "takeUp",
  e: "edit",
  c: "compare",
  "[": "left",
  "]": "right",
  "+": "larger",
  "=": "larger",
  "-": "smaller",
  "0": "fit",
  ArrowLeft: "pageBack",
  ArrowRight: "pageOn",
  "/": "search",
  "?": "help",
  Escape: "close",
};

/** What the help sheet lists, in the order of use. */
export const KEY_HELP: { keys: string[]; does: string }[] = [
  { keys: ["J"], does: "看下一份" },
  { keys: ["K"], does: "看上一份" },
  { keys: ["A"], does: "通过这一份，接着看下一份" },
  { keys: ["R"], does: "退回修改，先写原因" },
  { keys: ["X"], does: "不通过，先写原因" },
  { keys: ["E"], does: "代为修改，毕业生会看到改了什么" },
  { keys: ["T"], does: "接办前一级拖过时限的" },
  { keys: ["C"], does: "和相同、相似的材料并排看" },
  { keys: ["←", "→"], does: "材料的上一页、下一页" },
  { keys: ["[", "]"], does: "向左转、向右转" },
  { keys: ["+", "-"], does: "放大、缩小" },
  { keys: ["0"], does: "恢复大小" },
  { keys: ["/"], does: "搜索姓名、学号、单位" },
  { keys: ["Esc"], does: "离开搜索、关闭弹窗" },
  { keys: ["?"], does: "这张按键表" },
];

export interface Pressed {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
  repeat: boolean;
  isComposing: boolean;
}

/**
 * The command of a key press. While text is being typed, or Chinese composed, only Esc counts;
 * browser shortcuts are never taken; a held key moves through the queue but decides nothing.
 */
export function commandOf(pressed: Pressed, typing: boolean): DeskCommand | null {
  if (pressed.ctrlKey || pressed.metaKey || pressed.altKey || pressed.isComposing) return null;
  const key = pressed.key.length === 1 ? pressed.key.toLowerCase() : pressed.key;
  const command = COMMANDS[key] ?? null;
  if (typing) return command === "close" ? command : null;
  if (pressed.repeat && command !== "next" && command !== "previous") return null;
  return command;
}

/** Whether a press on this element goes into a text. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
