import { describe, expect, it } from "vitest";
import { cardOf } from "./card-link";
import { dayAfter, daysUntil, deadlineText, endOf, todayInBeijing } from "./deadline";

describe("the deadline of an invitation", () => {
  const lateEvening = new Date("2026-03-15T16:30:00Z"); // 00:30 on the 16th in Beijing

  it("counts days by the calendar of Beijing", () => {
    expect(todayInBeijing(lateEvening)).toBe("2026-03-16");
    expect(dayAfter(lateEvening, 5)).toBe("2026-03-21");
    expect(daysUntil(lateEvening, "2026-03-21")).toBe(5);
    expect(daysUntil(lateEvening, "2026-03-15")).toBe(-1);
  });

  it("ends with the last second of its day", () => {
    expect(endOf("2026-03-20")).toBe("2026-03-20T15:59:59.000Z");
    expect(deadlineText("2026-03-20", lateEvening)).toBe("3月20日 周五 23:59 截止");
  });
});

describe("a name card", () => {
  const token = "q7Xn2_card.token-part";

  it.each([
    token,
    ` ${token}\n`,
    `https://quxiang.example/e/invite?card=${token}`,
    `https://quxiang.example/e/invite#card=${token}`,
    `我的名片 https://quxiang.example/e/card/${token}`,
  ])("is found in %s", (text) => {
    expect(cardOf(text)).toBe(token);
  });

  it.each(["", "林知夏", "https://quxiang.example/", "short", "330102 200401"])("is not seen in %s", (text) => {
    expect(cardOf(text)).toBeNull();
  });
});
