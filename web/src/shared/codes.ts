/** The code tables, read once when the first form opens. */
import { shallowRef } from "vue";
import { get } from "@/api/http";
import type { Code, Codes } from "@/api/types";

const tables = shallowRef<Codes | null>(null);
let reading: Promise<void> | null = null;

/** The tables as a ref (null until read); a failed reading is tried again by the next caller. */
export function useCodes(): { codes: typeof tables; load: () => Promise<void> } {
  const load = () =>
    (reading ??= get<Codes>("/codes")
      .then(({ data }) => void (tables.value = data))
      .finally(() => (reading = null)));
  return { codes: tables, load };
}

export const nameOf = (table: Code[] | undefined, code: string): string =>
  table?.find((row) => row.code === code)?.name ?? code;

/** The path of names to a region: 330108 → ["浙江省", "杭州市", "滨江区"]; empty when unknown. */
export function regionPath(regions: Code[] | undefined, code: string): string[] {
  for (const region of regions ?? []) {
    if (region.code === code) return [region.name];
    const below = regionPath(region.children, code);
    if (below.length > 0) return [region.name, ...below];
  }
  return [];
}
