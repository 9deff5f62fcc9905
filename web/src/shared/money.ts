/** 元 as people type them, cents as the API wants them. */

const FULL_WIDTH = /[０-９．，]/g;

/** Full-width digits, grouping commas and a trailing 元 are forgiven. */
function plain(typed: string): string {
  return typed
    .replace(FULL_WIDTH, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
    .replace(/[,\s]|元(\/月)?$/g, "");
}

/** Cents of an amount in 元; null when empty, NaN when it is no amount. */
export function centsOf(typed: string): number | null {
  const text = plain(typed.trim());
  if (text === "") return null;
  if (!/^\d{1,9}(\.\d{1,2})?$/.test(text)) return Number.NaN;
  const [yuan = "0", fraction = ""] = text.split(".");
  return Number(yuan) * 100 + Number(fraction.padEnd(2, "0"));
}

/** 元 for an input field, without grouping: 1040050 → "10400.5". */
export function yuanOf(cents: number | null | undefined): string {
  if (cents === null || cents === undefined) return "";
  return String(cents / 100);
}
