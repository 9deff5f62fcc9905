/** Finds a destination by the words people have for it: its plain sentence, its official name, its aliases. */
import type { DestinationType, Standard } from "@/api/types";

export const typesOf = (standard: Standard): DestinationType[] => standard.groups.flatMap(({ types }) => types);

export function seek(types: DestinationType[], sought: string): DestinationType[] {
  const words = sought.trim().toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const said = (type: DestinationType) => [type.plain, type.name, type.choose, ...type.aliases].join(" ").toLowerCase();
  return types.filter((type) => words.every((word) => said(type).includes(word)));
}

/** What is to be prepared, in one line. */
export function wanted(type: DestinationType): string {
  const names = type.proofs.filter(({ required }) => required).map(({ name }) => name);
  return names.length ? `要准备：${names.join("、")}` : "不要证明";
}
