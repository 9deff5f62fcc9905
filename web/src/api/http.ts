/**
 * The one way to the API. Adds the token, keeps the clock, remembers ETags, refreshes the session once for all
 * callers, repeats what the server asks to repeat, and turns every refusal into a Problem.
 */
import { hearServerTime, now } from "@/shared/clock";
import { Problem, readProblem } from "./problem";
import type { Session } from "./types";

export const BASE = "/api/v1";
const PATIENCE = 15_000; // ms until an answer counts as not coming
const LONGEST_WAIT = 5; // seconds we wait by ourselves for a 503
const REPEATS = 2;

export interface Answer<T> {
  data: T;
  etag: string | null;
  status: number;
}

export interface Sending {
  method?: "POST" | "DELETE" | "PUT";
  body?: unknown;
  /** The version the person saw; goes out as If-Match. */
  etag?: string | null;
  /** The same key for each repetition of the same tap. */
  key?: string;
}

// Only a page of ours can set a header; each room has a session of its own beside the others'.
const ours: Record<string, string> = { "X-Requested-With": "quxiang" };
let token: string | null = null;
let refreshing: Promise<Session> | null = null;
let opening: Promise<unknown> | null = null;
let listener: (session: Session | null) => void = () => undefined;
const seen = new Map<string, { etag: string; data: unknown }>();

/** Names the room whose session is meant: s, e, console. */
export function enterRoom(room: string): void {
  ours["X-Room"] = room;
}

/** The headers that say who asks, for the one call that cannot go through here: a file with its progress. */
export function credentials(): Record<string, string> {
  return { ...ours, ...(token ? { Authorization: `Bearer ${token}` } : {}) };
}

/** Calls made before the first session is there wait for it, and share its failure. */
export function waitFor(session: Promise<unknown>): void {
  opening = session;
  void session.then(
    () => (opening = null),
    () => (opening = null),
  );
}

/** Session changes are told to one listener: the session module. */
export function onSession(tell: (session: Session | null) => void): void {
  listener = tell;
}

export function holdSession(session: Session | null): void {
  token = session?.access_token ?? null;
  if (!session) seen.clear();
  listener(session);
}

/** What was last read at this path, to draw at once while the fresh answer is on its way. */
export function lastSeen<T>(path: string): Answer<T> | null {
  const kept = seen.get(path);
  return kept ? { data: kept.data as T, etag: kept.etag, status: 304 } : null;
}

export function newKey(): string {
  if (typeof crypto.randomUUID === "function") return crypto.randomUUID();
  // Old web views, and pages not served over HTTPS, have no randomUUID.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export async function get<T>(path: string): Promise<Answer<T>> {
  const kept = seen.get(path);
  const response = await send(path, "GET", kept ? { "If-None-Match": kept.etag } : {});
  if (response.status === 304 && kept) return { data: kept.data as T, etag: kept.etag, status: 304 };
  const answer = await read<T>(response);
  if (answer.etag) seen.set(path, { etag: answer.etag, data: answer.data });
  else seen.delete(path);
  return answer;
}

/** Sends something that changes something. `etag` and `key` as the contract asks for the act. */
export async function act<T = void>(path: string, sending: Sending = {}): Promise<Answer<T>> {
  const headers: Record<string, string> = { ...ours, "Idempotency-Key": sending.key ?? newKey() };
  if (sending.etag) headers["If-Match"] = sending.etag;
  let body: string | undefined;
  if (sending.body !== undefined) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(sending.body);
  }
  return read<T>(await send(path, sending.method ?? "POST", headers, body));
}

/** The session by its cookie. Callers at the same moment share one request, other tabs wait their turn. */
export function refresh(): Promise<Session> {
  refreshing ??= inTurn(async () => {
    const response = await fetchOnce(`${BASE}/session/refresh`, { method: "POST", headers: ours });
    if (!response.ok) throw await readProblem(response, now());
    const session = (await response.json()) as Session;
    holdSession(session);
    return session;
  }).finally(() => {
    refreshing = null;
  });
  return refreshing;
}

/** A rotating cookie must not be used by two tabs at once. */
function inTurn<T>(work: () => Promise<T>): Promise<T> {
  if (!globalThis.navigator?.locks) return work();
  return navigator.locks.request(`session-${ours["X-Room"] ?? ""}`, work) as Promise<T>;
}

async function send(path: string, method: string, headers: Record<string, string>, body?: string): Promise<Response> {
  let refreshed = false;
  if (opening) await opening;
  for (let repeats = 0; ; ) {
    const used = token;
    const response = await fetchOnce(BASE + path, {
      method,
      headers: { ...headers, ...(used ? { Authorization: `Bearer ${used}` } : {}) },
      ...(body === undefined ? {} : { body }),
    });
    if (response.ok || response.status === 304) return response;
    const problem = await readProblem(response, now());
    if (response.status === 401 && !refreshed && path !== "/session") {
      refreshed = true;
      // Another call may have brought a new token while this one was on its way.
      if (token === used) await refreshOrLeave();
      continue;
    }
    if (response.status === 503 && repeats < REPEATS && problem.retryAfter !== null && problem.retryAfter <= LONGEST_WAIT) {
      repeats += 1;
      await pause(Math.max(problem.retryAfter, 0.2) * 1000);
      continue;
    }
    if (response.status === 401 && path !== "/session") holdSession(null);
    throw problem;
  }
}

async function refreshOrLeave(): Promise<void> {
  try {
    await refresh();
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) holdSession(null);
    throw problem;
  }
}

async function fetchOnce(url: string, init: RequestInit): Promise<Response> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  const sentAt = Date.now();
  try {
    // Never from the browser's cache: a kept answer would bring a kept Date. ETags are handled above.
    const response = await fetch(url, { ...init, cache: "no-store", credentials: "same-origin", signal: stop.signal });
    hearServerTime(response.headers.get("Date"), sentAt, Date.now());
    return response;
  } catch {
    throw new Problem({ code: stop.signal.aborted ? "timeout" : "offline", status: 0 });
  } finally {
    clearTimeout(timer);
  }
}

async function read<T>(response: Response): Promise<Answer<T>> {
  const text = response.status === 204 ? "" : await response.text();
  return {
    data: (text ? JSON.parse(text) : undefined) as T,
    etag: response.headers.get("ETag"),
    status: response.status,
  };
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
