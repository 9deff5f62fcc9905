/** Employers that sign online, as one types a name or a credit code: asked for a moment after the last key. */
import { onScopeDispose, shallowRef, type ShallowRef } from "vue";
import { get } from "@/api/http";
import { Problem } from "@/api/problem";
import type { KnownEmployer } from "@/api/types";

const LEAST = 4; // characters of a name
const PAUSE = 300; // ms without a key

export interface Employers {
  /** Names that may complete what is being typed. */
  names: ShallowRef<string[]>;
  /** Asks about a beginning of a name or a whole code; resolves once it is known, or overtaken by the next key. */
  look: (typed: string) => Promise<void>;
  /** The employer with exactly this name or code, if one was found. */
  of: (text: string) => KnownEmployer | null;
}

const plain = (text: string): string => text.replace(/\s/g, "").toUpperCase();
const isCode = (text: string): boolean => /^[0-9A-Z]{18}$/.test(text);

export function useEmployers(): Employers {
  const names = shallowRef<string[]>([]);
  const known = shallowRef(new Map<string, KnownEmployer>());
  const asked = new Map<string, Promise<void>>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let pass: (() => void) | undefined;

  async function ask(q: string): Promise<void> {
    try {
      const { data } = await get<{ items: KnownEmployer[] }>(`/employers?q=${encodeURIComponent(q)}`);
      const found = new Map(known.value);
      for (const one of data.items) found.set(plain(one.name), one).set(one.credit_code, one);
      known.value = found;
      names.value = [...new Set([...found.values()].map(({ name }) => name))];
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      asked.delete(q); // only a help: without it one types on, and it is asked again with the next key
    }
  }

  function look(typed: string): Promise<void> {
    const q = isCode(plain(typed)) ? plain(typed) : typed.trim();
    clearTimeout(timer);
    pass?.();
    if ([...q].length < LEAST || (/^[0-9A-Z]+$/.test(plain(q)) && !isCode(plain(q)))) return Promise.resolve();
    return new Promise((resolve) => {
      pass = resolve;
      timer = setTimeout(() => {
        if (!asked.has(q)) asked.set(q, ask(q));
        void asked.get(q)?.then(resolve);
      }, PAUSE);
    });
  }

  onScopeDispose(() => clearTimeout(timer));
  return { names, look, of: (text) => known.value.get(plain(text)) ?? null };
}
