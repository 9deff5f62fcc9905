/**
 * The server's time. Each answer's `Date` header says which second it was over there, somewhere between sending
 * and receiving; the true difference lies in the overlap of all these spans, which soon is a fraction of a second.
 */
import { onScopeDispose, ref, type Ref } from "vue";

interface Span {
  from: number;
  to: number;
}

let span: Span | null = null;

/** Takes a `Date` header with the client's times (ms) of sending and receiving. */
export function hearServerTime(header: string | null, sentAt: number, receivedAt: number): void {
  const second = header ? Date.parse(header) : Number.NaN;
  if (Number.isNaN(second)) return;
  const heard = { from: second - receivedAt, to: second + 1000 - sentAt };
  const overlap = span && { from: Math.max(span.from, heard.from), to: Math.min(span.to, heard.to) };
  // No overlap: somebody set the phone's clock in between. Start again from what was heard last.
  span = overlap && overlap.from <= overlap.to ? overlap : heard;
}

/** Server time in ms; the phone's own until the server was heard. */
export function now(): number {
  return Date.now() + (span ? Math.round((span.from + span.to) / 2) : 0);
}

export function forgetServerTime(): void {
  span = null;
}

const tick = ref(now());
let watchers = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

function beat(): void {
  tick.value = now();
  clearTimeout(timer);
  // Aligned to the server's seconds, so that every countdown on the page turns at once, and at the right moment.
  if (watchers > 0) timer = setTimeout(beat, 1000 - (tick.value % 1000) + 5);
}

if (typeof document !== "undefined") {
  // A hidden tab's timers are slowed down, a page kept for going back stands still: both catch up at once.
  const awake = () => {
    if (!document.hidden && watchers > 0) beat();
  };
  document.addEventListener("visibilitychange", awake);
  window.addEventListener("pageshow", awake);
}

/** Server time as a ref that moves each second while some component looks at it. */
export function useNow(): Readonly<Ref<number>> {
  watchers += 1;
  beat();
  onScopeDispose(() => {
    watchers -= 1;
    if (watchers === 0) clearTimeout(timer);
  });
  return tick;
}
