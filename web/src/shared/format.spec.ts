import { describe, expect, it } from "vitest";
import { agreementNumber, day, dayGroup, elapsed, exact, greeting, moment, money, past, plainDay, remaining, stamp } from "./format";

const at = (beijing: string) => Date.parse(`${beijing}+08:00`);
const wednesday = at("2026-03-18T20:41:00");

describe("times", () => {
  it("are Beijing's, wherever the phone thinks it is", () => {
    expect(moment("2026-03-18T15:59:59Z", wednesday)).toBe("今天 23:59");
    expect(moment("2026-03-18T16:00:00Z", wednesday)).toBe("明天 00:00");
  });

  it("are near days by name, the coming week by weekday, others by date", () => {
    expect(moment(at("2026-03-17T16:40:00"), wednesday)).toBe("昨天 16:40");
    expect(moment(at("2026-03-20T23:59:59"), wednesday)).toBe("周五 23:59");
    expect(moment(at("2026-03-24T23:59:59"), wednesday)).toBe("周二 23:59");
    expect(moment(at("2026-03-25T23:59:59"), wednesday)).toBe("3月25日 周三 23:59");
    expect(moment(at("2026-03-16T10:12:00"), wednesday)).toBe("3月16日 周一 10:12");
  });

  it("say the year only when it is another one", () => {
    expect(day(at("2026-07-06T00:00:00"), wednesday)).toBe("7月6日 周一");
    expect(exact(at("2027-01-01T08:00:00"), wednesday)).toBe("2027年1月1日 周五 08:00");
    expect(plainDay("2026-07-06")).toBe("2026年7月6日 周一");
  });

  it("in a history never name a weekday alone, which could be a coming one", () => {
    expect(past(at("2026-03-18T10:05:00"), wednesday)).toBe("今天 10:05");
    expect(past(at("2026-03-15T10:05:00"), wednesday)).toBe("3月15日 周日 10:05");
  });

  it("group messages by day", () => {
    expect(dayGroup(at("2026-03-18T00:00:00"), wednesday)).toBe("今天");
    expect(dayGroup(at("2026-03-17T23:59:00"), wednesday)).toBe("昨天");
    expect(dayGroup(at("2026-03-16T23:59:00"), wednesday)).toBe("更早");
    expect(stamp(at("2026-03-17T16:40:00"), wednesday)).toBe("16:40");
    expect(stamp(at("2026-03-15T16:40:00"), wednesday)).toBe("3月15日");
  });

  it("greet by the hour", () => {
    expect(greeting(wednesday)).toBe("晚上好");
    expect(greeting(at("2026-03-18T07:00:00"))).toBe("早上好");
  });
});

describe("what is left", () => {
  const left = (text: string, fine = false) => remaining(wednesday + Number(text), wednesday, fine);
  const h = 3_600_000;

  it("is days from three days up, days and hours below, in the bar also minutes", () => {
    expect(left(String(72 * h))).toBe("剩 3 天");
    expect(left(String(72 * h - 1))).toBe("剩 2 天 23 小时");
    expect(left(String(51.3 * h))).toBe("剩 2 天 3 小时");
    expect(left(String(51.3 * h), true)).toBe("剩 2 天 3 小时 18 分");
    expect(left(String(100 * h), true)).toBe("剩 4 天");
  });

  it("gets finer towards the end and is nothing at the end", () => {
    expect(left(String(3.25 * h))).toBe("剩 3 小时 15 分");
    expect(left("180000")).toBe("剩 3 分");
    expect(left("59000")).toBe("剩 59 秒");
    expect(left("1")).toBe("剩 1 秒");
    expect(left("0")).toBeNull();
  });

  it("has its counterpart in what has passed", () => {
    expect(elapsed(wednesday - 26 * h, wednesday)).toBe("已 1 天");
    expect(elapsed(wednesday - 2 * h, wednesday)).toBe("已 2 小时");
    expect(elapsed(wednesday - 120_000, wednesday)).toBe("已 2 分钟");
    expect(elapsed(wednesday + 500, wednesday)).toBe("刚刚");
  });
});

describe("amounts and numbers", () => {
  it("show cents only when there are some", () => {
    expect(money(1_300_000)).toBe("13,000");
    expect(money(1_300_050)).toBe("13,000.50");
    expect(money(0)).toBe("0");
  });

  it("group an agreement number and leave others alone", () => {
    expect(agreementNumber("2026119999480217365")).toBe("2026 1 19999 480217365");
    expect(agreementNumber("X1")).toBe("X1");
  });
});
