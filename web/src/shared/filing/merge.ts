/** Two versions of a form put together: what one has touched stays, everything else is as the server has it. */
import type { Values } from "./form";

export interface Content {
  variant: string | null;
  values: Values;
  files: Record<string, string[]>;
}

export interface Merged {
  content: Content;
  /** The fields (`group/name`, `files/item`) in which the server's answer replaced what stood here. */
  replaced: string[];
}

const same = (one: unknown, other: unknown): boolean => JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
const isGroup = (value: unknown): value is Values => typeof value === "object" && value !== null && !Array.isArray(value);

function mergeFields(base: Values, mine: Values, theirs: Values, prefix: string, replaced: string[]): Values {
  const found: Values = {};
  for (const name of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const key = prefix + name;
    if (isGroup(mine[name]) && isGroup(theirs[name])) {
      const before = isGroup(base[name]) ? base[name] : {};
      found[name] = mergeFields(before, mine[name], theirs[name], `${key}/`, replaced);
    } else if (!same(mine[name], base[name])) found[name] = mine[name];
    else {
      found[name] = theirs[name];
      if (!same(mine[name], theirs[name])) replaced.push(key);
    }
  }
  return found;
}

/** `base` is what both sides had last in common. */
export function merge(base: Content, mine: Content, theirs: Content): Merged {
  const replaced: string[] = [];
  const values = mergeFields(base.values, mine.values, theirs.values, "", replaced);
  const files = mergeFields(base.files, mine.files, theirs.files, "files/", replaced) as Content["files"];
  const variant = mine.variant === base.variant ? theirs.variant : mine.variant;
  const chosen = Object.entries(files).filter(([, uploads]) => uploads && uploads.length > 0);
  return { content: { variant, values, files: Object.fromEntries(chosen) }, replaced };
}

export function sameContent(one: Content, other: Content): boolean {
  const sorted = (content: Content) =>
    JSON.stringify(content, (_, value: unknown) =>
      isGroup(value) ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))) : value,
    );
  return sorted(one) === sorted(other);
}
