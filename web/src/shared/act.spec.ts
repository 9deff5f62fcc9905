import { describe, expect, it } from "vitest";
import { Problem } from "@/api/problem";
import { useAct } from "./act";

const offline = () => Promise.reject(new Problem({ code: "offline", status: 0 }));

describe("an act of the person", () => {
  it("unanswered goes again under the same key; with other content under another", async () => {
    const act = useAct();
    const keys: string[] = [];
    const send = (key: string) => (keys.push(key), offline());
    await act.run("123456", send);
    await act.run("123456", send);
    await act.run("654321", send);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("refused is a new one next time, though the content is the same", async () => {
    const act = useAct();
    const keys: string[] = [];
    const send = (key: string) => (keys.push(key), Promise.reject(new Problem({ code: "stale", status: 412 })));
    await act.run("x", send);
    await act.run("x", send);
    expect(act.problem.value?.code).toBe("stale");
    expect(keys[1]).not.toBe(keys[0]);
  });

  it("runs once, however often it is tapped", async () => {
    const act = useAct();
    let sent = 0;
    let finish: (value: string) => void = () => undefined;
    const send = () => (sent++, new Promise<string>((resolve) => (finish = resolve)));
    const first = act.run("x", send);
    expect(await act.run("x", send)).toBeNull();
    finish("done");
    expect(await first).toBe("done");
    expect(sent).toBe(1);
    expect(act.busy.value).toBe(false);
  });
});
