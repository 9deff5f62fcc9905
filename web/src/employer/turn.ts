/** Whose turn an invitation is for the employer: a notice that did not get through makes it theirs. */
import type { Delivery } from "@/api/employer";
import type { Turn } from "@/api/types";

interface Looked {
  state: string;
  turn: Turn;
  delivery?: Delivery | null;
}

/** The notice matters while the answer is awaited, not before and not after. */
export const awaited = (one: Looked): boolean => one.state === "pending" && one.turn.who !== "lost";

export function employersTurn(one: Looked): Turn {
  const ring = awaited(one) && one.delivery?.tone === "look";
  return ring ? { ...one.turn, who: "mine", text: "通知没送到" } : one.turn;
}
