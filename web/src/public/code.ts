/** The signed code of an agreement, scanned or pasted alone or inside its address. */

const CODE = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** The code in a text; null when there is none. */
export function codeOf(text: string): string | null {
  const trimmed = text.trim();
  const link = /https?:\/\/\S+/.exec(trimmed)?.[0];
  const code = link ? (link.split(/[?#]/)[0]?.split("/v/").pop() ?? "") : trimmed;
  return CODE.test(code) ? code : null;
}
