/** What this phone keeps of a form until the server has it, so that a lost connection or a closed page loses nothing. */
import type { Content } from "./merge";

export type Store = Pick<Storage, "getItem" | "setItem" | "removeItem" | "key" | "length">;

export interface Kept {
  mine: Content;
  /** What the server had when this was typed. */
  base: Content;
}

const PREFIX = "quxiang.filing.";

export function keep(store: Store, id: string, kept: Kept): void {
  try {
    store.setItem(PREFIX + id, JSON.stringify(kept));
  } catch {
    // Private windows and full stores: the form still works and saves to the server.
  }
}

export function keptOf(store: Store, id: string): Kept | null {
  try {
    const kept = JSON.parse(store.getItem(PREFIX + id) ?? "null") as Partial<Kept> | null;
    return kept?.mine?.values && kept.base?.values ? (kept as Kept) : null;
  } catch {
    return null;
  }
}

export function drop(store: Store, id: string): void {
  store.removeItem(PREFIX + id);
}

/** Whoever signs out leaves nothing behind on this phone. */
export function dropAll(store: Store): void {
  const keys = Array.from({ length: store.length }, (_, index) => store.key(index));
  for (const key of keys) if (key?.startsWith(PREFIX)) store.removeItem(key);
}
