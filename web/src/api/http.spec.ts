// @vitest-environment node
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Problem } from "./problem";
import type * as Http from "./http";

interface Seen {
  method: string;
  path: string;
  headers: IncomingMessage["headers"];
  body: string;
}

type Handler = (seen: Seen, response: ServerResponse) => void;

/** A real server on the loopback that answers as each test says. */
let server: Server;
let answer: Handler;
let calls: Seen[];
let http: typeof Http;

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "Content-Type": "application/json", ...headers }).end(JSON.stringify(body));
const session = (token: string) => ({ access_token: token, expires_in: 600, account: { id: "1", role: "graduate", name: "林知夏" } });

beforeEach(async () => {
  calls = [];
  server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request) body += part;
    const seen = { method: request.method ?? "", path: (request.url ?? "").replace("/api/v1", ""), headers: request.headers, body };
    calls.push(seen);
    answer(seen, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const real = globalThis.fetch;
  vi.stubGlobal("fetch", (url: string, init: RequestInit) => real(origin + url, init));
  vi.resetModules();
  http = await import("./http");
});

afterEach(async () => {
  vi.unstubAllGlobals();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** Module reset makes another Problem class, so instances are recognised by name. */
async function problemOf(work: Promise<unknown>): Promise<Problem> {
  const caught = await work.then(
    () => null,
    (error: unknown) => error as Problem,
  );
  expect(caught?.name).toBe("Problem");
  return caught as Problem;
}

describe("the session", () => {
  it("is refreshed once for many calls that find it lapsed, and all are repeated with the new token", async () => {
    answer = ({ path, headers }, response) => {
      if (path === "/session/refresh") return void setTimeout(() => json(response, 200, session("new")), 30);
      if (headers.authorization === "Bearer new") return json(response, 200, { path });
      return json(response, 401, { code: "not_signed_in", status: 401 });
    };
    http.holdSession(session("old") as never);
    const answers = await Promise.all(["/a", "/b", "/c"].map((path) => http.get<{ path: string }>(path)));
    expect(answers.map((one) => one.data.path)).toEqual(["/a", "/b", "/c"]);
    const refreshes = calls.filter((call) => call.path === "/session/refresh");
    expect(refreshes).toHaveLength(1);
    expect(refreshes[0]?.headers["x-requested-with"]).toBe("quxiang");
  });

  it("that cannot be refreshed is told as ended, and the call is refused", async () => {
    answer = (_seen, response) => json(response, 401, { code: "not_signed_in", status: 401, detail: "请重新登录。" });
    const told = vi.fn();
    http.onSession(told);
    http.holdSession(session("old") as never);
    const problem = await problemOf(http.get("/home"));
    expect(problem.code).toBe("not_signed_in");
    expect(told).toHaveBeenLastCalledWith(null);
  });

  it("is asked for by room, and so is its end", async () => {
    answer = ({ method }, response) => (method === "DELETE" ? void response.writeHead(204).end() : json(response, 200, session("new")));
    http.enterRoom("e");
    await http.refresh();
    await http.act("/session", { method: "DELETE" });
    expect(calls.map((call) => call.headers["x-room"])).toEqual(["e", "e"]);
    expect(calls[1]?.headers["x-requested-with"]).toBe("quxiang");
  });

  it("survives a refresh that met no network", async () => {
    answer = ({ path }, response) => {
      if (path === "/session/refresh") return void response.destroy();
      return json(response, 401, { code: "not_signed_in", status: 401 });
    };
    const told = vi.fn();
    http.holdSession(session("old") as never);
    http.onSession(told);
    expect((await problemOf(http.get("/home"))).code).toBe("offline");
    expect(told).not.toHaveBeenCalled();
  });

  it("never refreshes because of a wrong password", async () => {
    answer = (_seen, response) => json(response, 401, { code: "not_signed_in", status: 401, detail: "账号或密码不对。" });
    const problem = await problemOf(http.act("/session", { body: { login: "a", password: "b" } }));
    expect(problem.message).toBe("账号或密码不对。");
    expect(calls).toHaveLength(1);
  });
});

describe("calls made before the session is there", () => {
  it("wait for it, and go out once, with its token", async () => {
    answer = ({ path, headers }, response) => {
      if (path === "/session/refresh") return void setTimeout(() => json(response, 200, session("new")), 40);
      return json(response, headers.authorization === "Bearer new" ? 200 : 401, { path });
    };
    http.waitFor(http.refresh());
    const { data } = await http.get<{ path: string }>("/home");
    expect(data.path).toBe("/home");
    expect(calls.map((call) => call.path)).toEqual(["/session/refresh", "/home"]);
  });

  it("fail as it fails, without asking", async () => {
    answer = (_seen, response) => json(response, 401, { code: "not_signed_in", status: 401 });
    http.waitFor(http.refresh());
    expect((await problemOf(http.get("/home"))).status).toBe(401);
    expect(calls.map((call) => call.path)).toEqual(["/session/refresh"]);
  });
});

describe("an act", () => {
  it("carries the version seen and one key", async () => {
    answer = (_seen, response) => json(response, 200, { ok: true }, { ETag: '"8"' });
    const { etag } = await http.act("/invitations/1/accept", { body: { pin: "123456" }, etag: '"7"', key: "k-1" });
    expect(etag).toBe('"8"');
    expect(calls[0]?.headers["if-match"]).toBe('"7"');
    expect(calls[0]?.headers["idempotency-key"]).toBe("k-1");
    expect(JSON.parse(calls[0]?.body ?? "")).toEqual({ pin: "123456" });
  });

  it("is repeated under the same key after a lapsed session and after a 503 that says when", async () => {
    let away = 1;
    answer = ({ path, headers }, response) => {
      if (path === "/session/refresh") return json(response, 200, session("new"));
      if (headers.authorization !== "Bearer new") return json(response, 401, { code: "not_signed_in", status: 401 });
      if (away-- > 0) return json(response, 503, { code: "database_away", status: 503 }, { "Retry-After": "0" });
      return json(response, 200, {});
    };
    await http.act("/x", { key: "same" });
    const keys = calls.filter((call) => call.path === "/x").map((call) => call.headers["idempotency-key"]);
    expect(keys).toEqual(["same", "same", "same"]);
  });

  it("gives up on a 503 after two repetitions, and says the wait", async () => {
    answer = (_seen, response) => json(response, 503, { code: "database_away", status: 503 }, { "Retry-After": "0" });
    const problem = await problemOf(http.act("/x"));
    expect(calls).toHaveLength(3);
    expect(problem.code).toBe("database_away");
    expect(problem.unanswered).toBe(true);
  });

  it("does not wait by itself when told to come back much later", async () => {
    answer = (_seen, response) => json(response, 503, { code: "database_away", status: 503 }, { "Retry-After": "120" });
    const problem = await problemOf(http.act("/x"));
    expect(calls).toHaveLength(1);
    expect(problem.retryAfter).toBe(120);
  });

  it("without an answer is offline, to be sent again", async () => {
    answer = (_seen, response) => void response.destroy();
    const problem = await problemOf(http.act("/x"));
    expect(problem.code).toBe("offline");
    expect(problem.unanswered).toBe(true);
    expect(problem.message).toContain("网络");
  });

  it("answered with nothing is done", async () => {
    answer = (_seen, response) => void response.writeHead(204).end();
    expect((await http.act("/messages/1/read")).status).toBe(204);
  });
});

describe("reading", () => {
  it("asks with the version known and keeps what did not change", async () => {
    answer = ({ headers }, response) =>
      headers["if-none-match"] === '"1"' ? void response.writeHead(304).end() : json(response, 200, { n: 1 }, { ETag: '"1"' });
    const first = await http.get("/home");
    const second = await http.get("/home");
    expect(second.status).toBe(304);
    expect(second.data).toEqual(first.data);
    expect(http.lastSeen("/home")?.data).toEqual({ n: 1 });
  });

  it("forgets what it knew when the session ends", async () => {
    answer = (_seen, response) => json(response, 200, { n: 1 }, { ETag: '"1"' });
    await http.get("/home");
    http.holdSession(null);
    expect(http.lastSeen("/home")).toBeNull();
  });

  it("turns a refusal into its sentence, its field errors and what else it says", async () => {
    answer = (_seen, response) =>
      json(response, 422, {
        type: "about:blank", title: "x", status: 422, code: "wrong_pin", detail: "操作码不对。", instance: "/y", tries_left: 4,
        errors: [{ pointer: "/terms/position", detail: "请填写岗位。" }],
      });
    const problem = await problemOf(http.get("/x"));
    expect(problem.message).toBe("操作码不对。");
    expect(problem.extra).toEqual({ tries_left: 4 });
    expect(problem.byField).toEqual({ "terms/position": "请填写岗位。" });
  });

  it("makes a sentence of a proxy's error page too", async () => {
    answer = (_seen, response) => void response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad Gateway</h1>");
    const problem = await problemOf(http.get("/x"));
    expect(problem.code).toBe("database_away");
    expect(problem.message).toMatch(/[\u4e00-\u9fff]/);
  });
});

describe("keys", () => {
  it("are UUIDs, with and without randomUUID, and never the same", () => {
    const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;
    expect(http.newKey()).toMatch(uuid);
    const { getRandomValues } = globalThis.crypto;
    vi.stubGlobal("crypto", { getRandomValues: getRandomValues.bind(globalThis.crypto) });
    const made = new Set(Array.from({ length: 50 }, () => http.newKey()));
    expect(made.size).toBe(50);
    for (const key of made) expect(key).toMatch(uuid);
  });
});
