/** 「tel:05718888」 for 「0571-8888 6666」. */
export function telephone(number: string): string {
  return `tel:${number.replace(/[^\d+]/g, "")}`;
}
