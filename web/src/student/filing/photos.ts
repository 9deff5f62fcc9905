/** Pictures on the whole screen until one taps, to be moved and enlarged by two fingers; Vant's viewer, fetched when first needed. */
export async function showPhotos(images: string[], startPosition: number): Promise<void> {
  const [{ showImagePreview }] = await Promise.all([
    import("vant/es/image-preview"),
    import("@/shared/vant.css"),
    import("vant/es/overlay/index.css"),
    import("vant/es/popup/index.css"),
    import("vant/es/swipe/index.css"),
    import("vant/es/swipe-item/index.css"),
    import("vant/es/image/index.css"),
    import("vant/es/image-preview/index.css"),
  ]);
  showImagePreview({ images, startPosition, closeOnPopstate: true, maxZoom: 6 });
}

/** 286 KB, 4.6 MB. */
export function size(bytes: number): string {
  return bytes < 1_000_000 ? `${Math.max(1, Math.round(bytes / 1000))} KB` : `${(bytes / 1_000_000).toFixed(1)} MB`;
}
