/** Dev server only: reading requests and writing answers as the API does. */
import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

export type Body = Record<string, unknown>;

export async function bodyOf(request: IncomingMessage): Promise<Body> {
  let text = "";
  for await (const part of request) text += part;
  return text ? (JSON.parse(text) as Body) : {};
}

export function reply(response: ServerResponse, status: number, body: unknown): void {
  const text = body === undefined ? "" : JSON.stringify(status >= 400 ? { status, ...(body as object) } : body);
  response.writeHead(status, {
    "Content-Type": status >= 400 ? "application/problem+json" : "application/json",
    Date: new Date().toUTCString(),
    ...(status === 200 || status === 201 ? { ETag: `"${createHash("sha256").update(text).digest("hex").slice(0, 12)}"` } : {}),
  });
  response.end(text);
}
