/** Copies text; false when the browser allows neither way. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Older web views have no clipboard API; the old command still works from a tap.
    const field = document.createElement("textarea");
    field.value = text;
    field.readOnly = true;
    field.className = "sr-only";
    document.body.append(field);
    field.select();
    const done = document.execCommand("copy");
    field.remove();
    return done;
  }
}
