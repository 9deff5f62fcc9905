/** Which item comes next in the queue. */

export interface Queued {
  filing_id: string;
  holder: { name: string } | null;
}

/** The neighbour of the open item, staying within the list. */
export function step(items: Queued[], openId: string | null, by: 1 | -1): string | null {
  const at = items.findIndex((item) => item.filing_id === openId);
  if (at < 0) return items[0]?.filing_id ?? null;
  const next = Math.min(Math.max(at + by, 0), items.length - 1);
  return items[next]?.filing_id ?? null;
}

/**
 * The item to open once one is decided: the next one below that nobody else is reading,
 * else the nearest free one above it, oldest first; null when nothing is left to do.
 */
export function nextAfter(items: Queued[], decidedId: string): string | null {
  const at = items.findIndex((item) => item.filing_id === decidedId);
  const rest = at < 0 ? items : [...items.slice(at + 1), ...items.slice(0, at)];
  const left = rest.filter((item) => item.filing_id !== decidedId);
  const free = left.find((item) => item.holder === null);
  return free?.filing_id ?? null;
}
