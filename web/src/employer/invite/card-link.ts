/** The graduate's name card: a short-lived token, scanned or pasted alone or inside its link. */

const TOKEN = /^[\w-]+(\.[\w-]+){0,4}$/;

/** The token of a scanned or pasted text; null when there is none in it. */
export function cardOf(text: string): string | null {
  const trimmed = text.trim();
  const link = /https?:\/\/\S+/.exec(trimmed)?.[0];
  const token = link ? tokenIn(link) : trimmed;
  return token && token.length >= 12 && TOKEN.test(token) ? token : null;
}

function tokenIn(link: string): string | null {
  try {
    const url = new URL(link);
    const inHash = new URLSearchParams(url.hash.slice(1)).get("card");
    return url.searchParams.get("card") ?? inHash ?? url.pathname.split("/").filter(Boolean).pop() ?? null;
  } catch {
    return null;
  }
}
