/** Where we are shown. */

export const inWeChat = /MicroMessenger/i.test(navigator.userAgent);

/** A path of this site only; anything else becomes the fallback. */
export function ownPath(path: unknown, fallback: string): string {
  return typeof path === "string" && /^\/(?![/\\])/.test(path) ? path : fallback;
}
