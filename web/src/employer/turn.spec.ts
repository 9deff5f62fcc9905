import { describe, expect, it } from "vitest";
import type { Delivery } from "@/api/employer";
import type { Turn } from "@/api/types";
import { employersTurn } from "./turn";

const turn: Turn = { who: "others", text: "等毕业生答复", until: "2026-03-20T15:59:59Z", since: null, note: null };
const unheard: Delivery = { state: "failed", text: "对方未关注公众号，请打电话告诉对方", tone: "look" };

describe("whose turn an invitation is for the employer", () => {
  it("is the employer's when the notice did not get through, with the same deadline", () => {
    const mine = employersTurn({ state: "pending", turn, delivery: unheard });
    expect(mine).toEqual({ ...turn, who: "mine", text: "通知没送到" });
  });

  it("stays the graduate's while the notice is on its way or has arrived", () => {
    const heard: Delivery = { state: "received", text: "已送达微信 10:12", tone: "ok" };
    expect(employersTurn({ state: "pending", turn, delivery: heard })).toBe(turn);
    expect(employersTurn({ state: "pending", turn, delivery: null })).toBe(turn);
  });

  it("does not matter once it is answered or over", () => {
    expect(employersTurn({ state: "accepted", turn, delivery: unheard })).toBe(turn);
    const late: Turn = { ...turn, who: "lost", text: "已过截止时间" };
    expect(employersTurn({ state: "pending", turn: late, delivery: unheard })).toBe(late);
  });
});
