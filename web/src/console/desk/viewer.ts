/** The proofs as pages one walks through: which is shown, how large, how turned, how moved. */
import { computed, ref, watch } from "vue";
import type { Proofs, Upload } from "@/api/review";

/** One page of one file; `of` counts the pages of all files of the filing. */
export interface ProofPage {
  item: string;
  upload: Upload;
  href: string;
  width: number;
  height: number;
  page: number;
  pages: number;
}

export const ZOOMS = [0.5, 0.75, 1, 1.5, 2, 3, 4] as const;

/** All pages in the order they were handed in. */
export function pagesOf(proofs: Proofs[]): ProofPage[] {
  return proofs.flatMap((proof) =>
    proof.uploads.flatMap((upload) =>
      upload.pages.map((one, index) => ({
        item: proof.title,
        upload,
        href: one.href,
        width: one.width,
        height: one.height,
        page: index + 1,
        pages: upload.pages.length,
      })),
    ),
  );
}

/** The next step of size, up or down; it stays at the ends. */
export function zoomed(now: number, by: 1 | -1): number {
  const larger = ZOOMS.filter((one) => one > now);
  const smaller = ZOOMS.filter((one) => one < now);
  return (by > 0 ? larger[0] : smaller[smaller.length - 1]) ?? now;
}

export function useViewer(proofs: () => Proofs[]) {
  const pages = computed(() => pagesOf(proofs()));
  const at = ref(0);
  const zoom = ref(1);
  const turn = ref(0);
  const moved = ref({ x: 0, y: 0 });
  const original = ref(false);
  const shown = computed(() => pages.value[at.value] ?? null);
  /** Links last minutes only and are renewed with the filing: what is shown stays the same page. */
  const place = computed(() => (shown.value ? `${shown.value.upload.id} ${shown.value.page}` : ""));

  function fit(): void {
    zoom.value = 1;
    moved.value = { x: 0, y: 0 };
  }
  function show(index: number): void {
    at.value = Math.min(Math.max(index, 0), Math.max(pages.value.length - 1, 0));
  }
  function larger(by: 1 | -1): void {
    zoom.value = zoomed(zoom.value, by);
    if (zoom.value <= 1) moved.value = { x: 0, y: 0 };
  }
  function rotate(by: 90 | -90): void {
    turn.value += by; // never wrapped, so that the picture turns the short way
    moved.value = { x: 0, y: 0 };
  }
  function pan(x: number, y: number): void {
    if (zoom.value > 1) moved.value = { x: moved.value.x + x, y: moved.value.y + y };
  }

  watch(place, () => {
    fit();
    turn.value = 0;
    original.value = false;
  });
  watch(
    () => pages.value.length,
    () => show(at.value),
  );
  return { pages, at, zoom, turn, moved, original, shown, fit, show, larger, rotate, pan };
}

export type Viewer = ReturnType<typeof useViewer>;
