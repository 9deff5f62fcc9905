/** What the fields of a form's part choose from: places, known universities, yes and no; read when the part opens. */
import { computed, onMounted, shallowRef, type ComputedRef, type ShallowRef } from "vue";
import { get } from "@/api/http";
import { Problem } from "@/api/problem";
import type { Code, FormPart } from "@/api/types";
import { useCodes } from "@/shared/codes";
import type { Drawn } from "./form";

const yesNo: Code[] = [
  { code: "yes", name: "是" },
  { code: "no", name: "否" },
];

export interface Tables {
  regions: ComputedRef<Code[]>;
  universities: ShallowRef<string[]>;
  /** What kept the tables from being read; `read` tries again. */
  unread: ShallowRef<Problem | null>;
  read: () => Promise<void>;
  tableOf: (each: Drawn) => Code[] | undefined;
}

export function useTables(part: () => FormPart): Tables {
  const { codes, load } = useCodes();
  const universities = shallowRef<string[]>([]);
  const unread = shallowRef<Problem | null>(null);

  async function read(): Promise<void> {
    const all = part().fields.flatMap((field) => [field, ...(field.fields ?? [])]);
    try {
      if (all.some(({ widget }) => widget === "region")) await load();
      if (all.some(({ suggest }) => suggest === "university")) {
        const { data } = await get<{ items: { name: string }[] }>("/codes/universities");
        universities.value = data.items.map(({ name }) => name);
      }
      unread.value = null;
    } catch (caught) {
      if (!(caught instanceof Problem)) throw caught;
      unread.value = caught;
    }
  }
  onMounted(read);

  /** Places come from a table of their own; every other choice comes with the field. */
  function tableOf({ field }: Drawn): Code[] | undefined {
    if (field.widget === "region") return codes.value?.regions;
    return field.widget === "switch" ? yesNo : ((field.options ?? undefined) as Code[] | undefined);
  }
  return { regions: computed(() => codes.value?.regions ?? []), universities, unread, read, tableOf };
}
