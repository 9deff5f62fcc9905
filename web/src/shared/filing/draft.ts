/** The form under the person's hands: what was typed, what the server has of it, what is wrong with it still. */
import { computed, onScopeDispose, reactive, ref, shallowRef, watch, type ComputedRef, type Ref, type ShallowRef } from "vue";
import { act, get } from "@/api/http";
import { Problem } from "@/api/problem";
import type { Editor, OwnFiling, Upload } from "@/api/types";
import { createAutosave, type Standing } from "./autosave";
import { byKey, drawn, withValue } from "./form";
import { drop, keep, keptOf, type Store } from "./kept";
import { merge, sameContent, type Content } from "./merge";

export interface Draft {
  editor: ShallowRef<Editor>;
  etag: Ref<string | null>;
  content: Ref<Content>;
  uploads: Map<string, Upload>;
  faults: Ref<Record<string, string>>;
  touched: Set<string>;
  standing: Ref<Standing>;
  problem: ShallowRef<Problem | null>;
  savedAt: Ref<string>;
  /** Labels of what the server's newer version replaced here. */
  replaced: Ref<string[]>;
  dirty: ComputedRef<boolean>;
  put: (key: string, value: unknown) => void;
  choose: (item: string, uploads: Upload[]) => void;
  flush: () => Promise<boolean>;
}

const contentOf = (filing: OwnFiling, editor: Editor): Content => ({ variant: filing.variant, values: editor.values, files: editor.files });

/**
 * `theirs` follows what is read of the filing; `take` is given what the server answers; `store` keeps what it has not
 * got yet.
 */
export function useDraft(
  theirs: () => { filing: OwnFiling; etag: string | null },
  take: (filing: OwnFiling, etag: string | null) => void,
  store: Store = localStorage,
): Draft {
  const first = theirs();
  const started = first.filing.editor;
  if (!started) throw new Error("this filing is not being worked on");
  const { id } = first.filing;
  const editor = shallowRef(started);
  const etag = ref(first.etag);
  const content = ref<Content>(contentOf(first.filing, started));
  let base = contentOf(first.filing, started);
  let version = first.filing.version;
  const uploads = reactive(new Map<string, Upload>());
  const faults = ref(byKey(started.problems));
  const touched = reactive(new Set<string>());
  const standing = ref<Standing>("saved");
  const problem = shallowRef<Problem | null>(null);
  const savedAt = ref(started.saved_at);
  const replaced = ref<string[]>([]);

  const saver = createAutosave({ content: () => JSON.stringify([etag.value, content.value]), send, tell });

  function tell(now: Standing, why: Problem | null): void {
    standing.value = now;
    problem.value = why;
  }

  function hear(filing: OwnFiling, tag: string | null): void {
    for (const proof of filing.proofs) for (const upload of proof.uploads) uploads.set(upload.id, upload);
    if (!filing.editor) return;
    editor.value = filing.editor;
    etag.value = tag;
    version = filing.version;
    savedAt.value = filing.editor.saved_at;
    base = contentOf(filing, filing.editor);
  }

  async function send(key: string): Promise<void> {
    const sent = content.value;
    try {
      const body = { variant: sent.variant, form: sent.values, files: sent.files };
      const answer = await act<OwnFiling>(`/my/filings/${id}/save`, { body, etag: etag.value, key });
      hear(answer.data, answer.etag);
      adopt(sent);
      take(answer.data, answer.etag);
      faults.value = byKey(answer.data.editor?.problems ?? []);
    } catch (caught) {
      if (!(caught instanceof Problem) || caught.status !== 412) throw caught;
      const fresh = await get<OwnFiling>(`/my/filings/${id}`);
      mergeWith(fresh.data, fresh.etag);
      take(fresh.data, fresh.etag);
    }
    if (sameContent(content.value, base)) drop(store, id);
  }

  /** What the server filled in by itself, such as the office that one's origin has, unless it was typed over since. */
  function adopt(sent: Content): void {
    const filled = merge(sent, content.value, base).content;
    if (!sameContent(filled, content.value)) content.value = filled;
  }

  /** The server has another version: it wins wherever nothing was typed here. */
  function mergeWith(filing: OwnFiling, tag: string | null): void {
    const before = base;
    hear(filing, tag);
    if (!filing.editor) return;
    const merged = merge(before, content.value, contentOf(filing, filing.editor));
    content.value = merged.content;
    faults.value = byKey(filing.editor.problems);
    if (merged.replaced.length) replaced.value = labelsOf(merged.replaced);
    if (!sameContent(merged.content, base)) change();
  }

  function labelsOf(keys: string[]): string[] {
    const fields = editor.value.sections.flatMap((part) => drawn(part, content.value.values));
    const named = (key: string) =>
      key.startsWith("files/")
        ? editor.value.items.find((item) => `files/${item.key}` === key)?.title
        : fields.find((each) => each.key === key)?.field.label;
    return [...new Set(keys.map((key) => named(key) ?? "其他内容"))];
  }

  function change(): void {
    keep(store, id, { mine: content.value, base });
    saver.touch();
  }

  function put(key: string, value: unknown): void {
    content.value = { ...content.value, values: withValue(content.value.values, key, value) };
    const { [key]: _gone, ...others } = faults.value; // until the server has looked at it again
    faults.value = others;
    change();
  }

  function choose(item: string, chosen: Upload[]): void {
    for (const upload of chosen) uploads.set(upload.id, upload);
    const files = { ...content.value.files, [item]: chosen.map((upload) => upload.id) };
    if (chosen.length === 0) delete files[item];
    content.value = { ...content.value, files };
    change();
  }

  hear(first.filing, first.etag);
  const kept = keptOf(store, id);
  if (kept) {
    const merged = merge(kept.base, kept.mine, base);
    content.value = merged.content;
    if (sameContent(merged.content, base)) drop(store, id);
    else change();
  }
  watch(theirs, (now) => now.filing.version > version && mergeWith(now.filing, now.etag));

  const again = () => void saver.flush();
  const leave = () => document.hidden && void saver.flush();
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", leave);
  onScopeDispose(() => {
    window.removeEventListener("online", again);
    document.removeEventListener("visibilitychange", leave);
    void saver.flush();
    saver.stop();
  });

  const dirty = computed(() => standing.value !== "saved");
  return { editor, etag, content, uploads, faults, touched, standing, problem, savedAt, replaced, dirty, put, choose, flush: saver.flush };
}
