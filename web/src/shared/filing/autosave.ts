/**
 * Saves by itself, a moment after the last change: one request at a time, the newest content only, and again under the
 * same key when no answer came. What it saves, and what to do when the server has a newer version, is the caller's.
 */
import { newKey } from "@/api/http";
import { Problem } from "@/api/problem";

export type Standing = "saved" | "waiting" | "saving" | "unsent" | "refused";

export interface Autosave {
  /** Something has changed. */
  touch: () => void;
  /** Saves now; true once everything is saved. */
  flush: () => Promise<boolean>;
  stop: () => void;
}

export interface Saver {
  /** The content as it would go out, to tell a repetition from a new saving. */
  content: () => string;
  send: (key: string) => Promise<void>;
  /** Every change of standing; the problem where it was refused or not answered. */
  tell: (standing: Standing, problem: Problem | null) => void;
}

const PAUSE = 900; // ms without a change until it is saved
const AGAIN = 6_000; // ms until a saving without an answer is repeated

export function createAutosave({ content, send, tell }: Saver): Autosave {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dirty = false;
  let running: Promise<boolean> | null = null;
  let unanswered: { content: string; key: string } | null = null;

  function plan(after: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), after);
  }

  async function saveOnce(): Promise<boolean> {
    const sending = content();
    const key = unanswered?.content === sending ? unanswered.key : newKey();
    dirty = false;
    tell("saving", null);
    try {
      await send(key);
      unanswered = null;
      return true;
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      dirty = true;
      unanswered = caught.unanswered ? { content: sending, key } : null;
      tell(caught.unanswered ? "unsent" : "refused", caught);
      if (caught.unanswered) plan(AGAIN);
      return false;
    }
  }

  async function saveAll(): Promise<boolean> {
    do {
      if (!(await saveOnce())) return false;
    } while (dirty);
    tell("saved", null);
    return true;
  }

  function flush(): Promise<boolean> {
    clearTimeout(timer);
    if (!dirty && !running) return Promise.resolve(true);
    running ??= saveAll().finally(() => (running = null));
    return running;
  }

  return {
    touch: () => {
      dirty = true;
      if (!running) tell("waiting", null);
      plan(PAUSE);
    },
    flush,
    stop: () => clearTimeout(timer),
  };
}
