/** 协助回传: what an employer without account does with a one-time link. Its token goes in a header, never in an address. */
import { now } from "@/shared/clock";
import { BASE } from "./http";
import { Problem, readProblem } from "./problem";
import type { components } from "./schema";

export type ReturnTask = components["schemas"]["ReturnTask"];
export type Picture = components["schemas"]["UploadOut"];

export const returnTask = (token: string): Promise<ReturnTask> => ask<ReturnTask>(token, "", {});

export function sendPicture(token: string, file: File): Promise<Picture> {
  const body = new FormData();
  body.append("file", file);
  return ask<Picture>(token, "/uploads", { method: "POST", body });
}

export const handIn = (token: string, uploads: string[]): Promise<void> =>
  ask<void>(token, "/submission", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ uploads }),
  });

async function ask<T>(token: string, path: string, sending: RequestInit): Promise<T> {
  const headers = { ...(sending.headers as Record<string, string> | undefined), "Return-Link": token };
  const response = await fetch(`${BASE}/public/return-link${path}`, {
    ...sending,
    headers,
    cache: "no-store",
    credentials: "omit",
  }).catch(() => null);
  if (!response) throw new Problem({ code: "offline", status: 0 });
  if (!response.ok) throw await readProblem(response, now());
  return (response.status === 204 ? undefined : await response.json()) as T;
}
