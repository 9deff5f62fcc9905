import { describe, expect, it } from "vitest";
import { codeOf } from "./code";

const code = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiIyMDI2In0.c2ln-bmF0_dXJl";

describe("the code of an agreement", () => {
  it.each([
    code,
    `  ${code}\n`,
    `https://quxiang.example/v/${code}`,
    `扫码核验：https://quxiang.example/v/${code}?from=wechat`,
  ])("is found in %s", (text) => expect(codeOf(text)).toBe(code));

  it.each(["", "2026119999480217365", "https://quxiang.example/v/", "https://elsewhere.example/page", "a.b"])(
    "is not seen in %s",
    (text) => expect(codeOf(text)).toBeNull(),
  );
});
