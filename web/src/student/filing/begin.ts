/** Begins a filing and goes to its form; the draft of the kind that is there already is gone on with. */
import type { Router } from "vue-router";
import { act } from "@/api/http";
import type { OwnFiling } from "@/api/types";
import type { Act } from "@/shared/act";
import { ask } from "@/shared/vant";

export interface Wanted {
  kind: string;
  variant?: string | null;
  /** How the wanted type is called, for the question whether a draft of another type is to change to it. */
  name?: string;
}

/** False when it was refused (see the act's problem) or the person thought better of it. */
export async function begin(running: Act, router: Router, { kind, variant = null, name }: Wanted): Promise<boolean> {
  const what = `${kind} ${variant}`;
  const made = await running.run(what, (key) => act<OwnFiling>("/my/filings", { body: { kind, variant }, key }));
  if (!made) return false;
  const { data, etag } = made;
  if (variant !== null && data.variant !== variant && data.editor) {
    const question = {
      title: `改成「${name ?? "新选的类型"}」？`,
      message: "你有一份没写完的草稿，是另一种去向。两种都有的内容会带过来，其余的要重新填。",
      yes: "改成这一种",
      no: "看原来的草稿",
    };
    if (await ask(question)) {
      const body = { variant, form: data.editor.values, files: {} };
      const changed = await running.run(`change ${what}`, (key) => act(`/my/filings/${data.id}/save`, { body, etag, key }));
      if (!changed) return false;
    }
  }
  // Back leads to the page, not to the sheet one began from.
  const go = router.currentRoute.value.query.sheet ? router.replace : router.push;
  await go(`/filings/${data.id}`);
  return true;
}
