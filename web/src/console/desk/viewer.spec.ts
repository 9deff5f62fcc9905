import { nextTick, ref } from "vue";
import { describe, expect, it } from "vitest";
import type { Proofs, Upload } from "@/api/review";
import { pagesOf, useViewer, zoomed } from "./viewer";

const upload = (id: string, pages: number): Upload => ({
  id,
  kind: pages > 1 ? "pdf" : "image",
  name: `${id}.jpg`,
  size: 1,
  width: 1200,
  height: 1600,
  warnings: [],
  scan: { code: "clean", text: "" },
  submitted: true,
  created_at: "2026-11-23T09:00:00Z",
  thumb: "",
  original: "",
  links_until: "2026-11-23T09:05:00Z",
  pages: Array.from({ length: pages }, (_, page) => ({ size: 1, width: 1200, height: 1600, href: `/${id}/${page + 1}` })),
});
const proofs: Proofs[] = [
  { key: "offer", title: "录取通知书", uploads: [upload("a", 1), upload("b", 2)] },
  { key: "other", title: "其他", uploads: [upload("c", 1)] },
];

describe("the proofs beside the form", () => {
  it("are walked through page by page, across files and items", () => {
    expect(pagesOf(proofs).map(({ item, href }) => `${item} ${href}`)).toEqual([
      "录取通知书 /a/1",
      "录取通知书 /b/1",
      "录取通知书 /b/2",
      "其他 /c/1",
    ]);
  });

  it("grow and shrink by steps and stop at the ends", () => {
    expect(zoomed(1, 1)).toBe(1.5);
    expect(zoomed(1, -1)).toBe(0.75);
    expect(zoomed(4, 1)).toBe(4);
    expect(zoomed(0.5, -1)).toBe(0.5);
  });

  it("stay within the pages, and each page lies as it came", async () => {
    const viewer = useViewer(() => proofs);
    viewer.show(-1);
    expect(viewer.at.value).toBe(0);
    viewer.rotate(90);
    viewer.larger(1);
    viewer.pan(20, 10);
    expect(viewer.moved.value).toEqual({ x: 20, y: 10 });
    viewer.show(9);
    await nextTick();
    expect([viewer.at.value, viewer.turn.value, viewer.zoom.value]).toEqual([3, 0, 1]);
    expect(viewer.moved.value).toEqual({ x: 0, y: 0 });
  });

  it("keep their place and turn when the links are renewed", async () => {
    const read = ref(proofs);
    const viewer = useViewer(() => read.value);
    viewer.show(2);
    await nextTick();
    viewer.rotate(-90);
    read.value = JSON.parse(JSON.stringify(proofs)) as Proofs[];
    await nextTick();
    expect([viewer.at.value, viewer.turn.value]).toEqual([2, -90]);
  });

  it("are not moved while they fit", () => {
    const viewer = useViewer(() => proofs);
    viewer.pan(5, 5);
    expect(viewer.moved.value).toEqual({ x: 0, y: 0 });
  });
});
