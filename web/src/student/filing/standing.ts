/** Filings by what is left to do about them: under way first, then what stands; what is over is history. */
import type { OwnCard } from "@/api/types";

const OVER = new Set(["withdrawn", "voided", "rejected"]);

export const runs = (card: OwnCard): boolean => card.state !== "approved" && !OVER.has(card.state);
export const stands = (card: OwnCard): boolean => card.state === "approved" && (card.turn.who === "done" || card.turn.who === "mine");
