/** Toast and question, from Vant, fetched when first needed: the first page does not pay for them. */

const dress = () =>
  Promise.all([import("./vant.css"), import("vant/es/overlay/index.css"), import("vant/es/popup/index.css")]);

const CLOSING = 200; // ms until a sheet that is being left is gone

/** A sheet is a modal dialog: whatever is not inside it lies below it and cannot be tapped. */
const above = (): HTMLElement => document.querySelector<HTMLElement>("dialog[open]") ?? document.body;

export async function toast(message: string): Promise<void> {
  const [{ showToast }] = await Promise.all([
    import("vant/es/toast"),
    dress(),
    import("vant/es/loading/index.css"),
    import("vant/es/toast/index.css"),
  ]);
  // What was done often closes its sheet first, and would take the words with it.
  await new Promise((resolve) => setTimeout(resolve, CLOSING));
  showToast({ message, teleport: above(), wordBreak: "break-word", duration: Math.max(2500, message.length * 130) });
}

export interface Question {
  title: string;
  message?: string;
  yes: string;
  no?: string | null;
}

/** True when the person says yes. With `no: null` it is a notice with one button. Back closes it. */
export async function ask({ title, message, yes, no = "取消" }: Question): Promise<boolean> {
  const [{ showDialog }] = await Promise.all([
    import("vant/es/dialog"),
    dress(),
    import("vant/es/button/index.css"),
    import("vant/es/dialog/index.css"),
  ]);
  try {
    await showDialog({
      title,
      message: message ?? "",
      confirmButtonText: yes,
      showCancelButton: no !== null,
      cancelButtonText: no ?? "",
      closeOnPopstate: true,
      teleport: above(),
    });
    return true;
  } catch {
    return false; // Vant rejects when the person cancels
  }
}
