/** Reads QR codes from the camera or a picture: by the browser itself where it can, else by a small decoder. */

type Seen = HTMLVideoElement | ImageBitmap;

interface Detector {
  detect: (source: Seen) => Promise<{ rawValue: string }[]>;
}

interface DetectorClass {
  new (options: { formats: string[] }): Detector;
  getSupportedFormats: () => Promise<string[]>;
}

const FORMATS: { formats: "qr_code"[] } = { formats: ["qr_code"] };
const LONGEST_EDGE = 1600; // px; larger photographs only take longer

/** Whether a camera can be asked for at all (not without HTTPS, nor in some web views). */
export const hasCamera = (): boolean => Boolean(navigator.mediaDevices?.getUserMedia);

export async function detector(): Promise<Detector> {
  const own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector;
  try {
    if (own && (await own.getSupportedFormats()).includes("qr_code")) return new own(FORMATS);
  } catch {
    // Present but not usable on this system.
  }
  const { BarcodeDetector } = await import("qr/decode.js");
  return new BarcodeDetector(FORMATS) as unknown as Detector;
}

export async function rearCamera(): Promise<MediaStream> {
  return navigator.mediaDevices.getUserMedia({ video: { facingMode: { ideal: "environment" } }, audio: false });
}

/** The first QR code's text in a picture file; null when none is found or the file is no picture. */
export async function readPicture(file: Blob): Promise<string | null> {
  try {
    const whole = await createImageBitmap(file);
    const scale = Math.min(1, LONGEST_EDGE / Math.max(whole.width, whole.height));
    const picture =
      scale === 1
        ? whole
        : await createImageBitmap(whole, {
            resizeWidth: Math.round(whole.width * scale),
            resizeHeight: Math.round(whole.height * scale),
          });
    return (await (await detector()).detect(picture))[0]?.rawValue ?? null;
  } catch {
    return null;
  }
}
