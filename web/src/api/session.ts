/** Who is signed in. The token itself never leaves http.ts. */
import { readonly, shallowRef } from "vue";
import { act, holdSession, onSession, refresh } from "./http";
import { Problem } from "./problem";
import type { Account, Role, Session } from "./types";

const current = shallowRef<Account | null>(null);
let leave: () => void = () => undefined;

onSession((session) => {
  const was = current.value;
  current.value = session?.account ?? null;
  if (was && !session) leave();
});

/** The signed-in account, null when nobody is. */
export const account = readonly(current);

/** What to do when a session ends under a page (normally: go to the log-in page). */
export function onSignedOut(go: () => void): void {
  leave = go;
}

/** Takes up the session of the cookie, if there is one. False: nobody is signed in. Throws when offline. */
export async function restore(): Promise<boolean> {
  if (current.value) return true;
  try {
    await refresh();
    return true;
  } catch (problem) {
    if (problem instanceof Problem && problem.status > 0 && problem.status < 500) return false;
    throw problem;
  }
}

export async function signIn(login: string, password: string): Promise<Account> {
  const { data } = await act<Session>("/session", { body: { login, password } });
  holdSession(data);
  return data.account;
}

export async function signOut(): Promise<void> {
  await act("/session", { method: "DELETE" });
  current.value = null; // said first, so that leaving on purpose is not taken for a lapse
  holdSession(null);
}

export function has(...roles: Role[]): boolean {
  return current.value !== null && roles.includes(current.value.role);
}
