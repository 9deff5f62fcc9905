/** Times and amounts as people read them here: Beijing time, whatever the phone is set to. */

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
// China has one time zone and no summer time, so Beijing time is a fixed shift.
const BEIJING = 8 * HOUR;
const WEEKDAYS = ["周日", "周一", "周二", "周三", "周四", "周五", "周六"];

type When = string | number;

interface Parts {
  year: number;
  month: number;
  day: number;
  weekday: string;
  clock: string;
  /** Days since 1970 in Beijing. */
  number: number;
}

const two = (n: number) => String(n).padStart(2, "0");

function ms(when: When): number {
  return typeof when === "number" ? when : Date.parse(when);
}

function parts(when: When): Parts {
  const local = new Date(ms(when) + BEIJING);
  return {
    year: local.getUTCFullYear(),
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: WEEKDAYS[local.getUTCDay()] as string,
    clock: `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}`,
    number: Math.floor((ms(when) + BEIJING) / DAY),
  };
}

/** 「3月20日 周五」, with the year when it is another one. */
export function day(when: When, now: number): string {
  const p = parts(when);
  const year = p.year === parts(now).year ? "" : `${p.year}年`;
  return `${year}${p.month}月${p.day}日 ${p.weekday}`;
}

/** 「2026年7月6日 周一」 for a plain date "2026-07-06". */
export function plainDay(date: string): string {
  const p = parts(`${date}T00:00:00+08:00`);
  return `${p.year}年${p.month}月${p.day}日 ${p.weekday}`;
}

/** 「3月20日 周五 23:59」: exact, to stand beside a short one. */
export function exact(when: When, now: number): string {
  return `${day(when, now)} ${parts(when).clock}`;
}

/** 「今天 23:59」「明天 08:00」「昨天 16:40」, 「周五 23:59」 within the coming six days, else exact. */
export function moment(when: When, now: number): string {
  const p = parts(when);
  const ahead = p.number - parts(now).number;
  const near = ahead === 0 ? "今天" : ahead === 1 ? "明天" : ahead === -1 ? "昨天" : null;
  if (near) return `${near} ${p.clock}`;
  if (ahead > 1 && ahead <= 6) return `${p.weekday} ${p.clock}`;
  return exact(when, now);
}

/** For histories: 「今天 10:05」「昨天 16:40」, else exact. */
export function past(when: When, now: number): string {
  const ago = parts(now).number - parts(when).number;
  return ago === 0 || ago === 1 ? moment(when, now) : exact(when, now);
}

/** For message lists under a day's heading: the time today and yesterday, else 「3月17日」. */
export function stamp(when: When, now: number): string {
  const p = parts(when);
  return dayGroup(when, now) === "更早" ? `${p.month}月${p.day}日` : p.clock;
}

export function dayGroup(when: When, now: number): "今天" | "昨天" | "更早" {
  const ago = parts(now).number - parts(when).number;
  return ago <= 0 ? "今天" : ago === 1 ? "昨天" : "更早";
}

/**
 * What is left, as 「剩 4 天」 from three days up, 「剩 2 天 3 小时」 below, then hours with minutes, minutes, seconds.
 * `fine` (the fixed bar) adds the minutes below three days. Null when nothing is left.
 */
export function remaining(until: When, now: number, fine = false): string | null {
  const left = ms(until) - now;
  if (left <= 0) return null;
  const days = Math.floor(left / DAY);
  const hours = Math.floor((left % DAY) / HOUR);
  const minutes = Math.floor((left % HOUR) / 60_000);
  if (days >= 3) return `剩 ${days} 天`;
  if (days > 0) return `剩 ${days} 天 ${hours} 小时${fine ? ` ${minutes} 分` : ""}`;
  if (hours > 0) return `剩 ${hours} 小时 ${minutes} 分`;
  if (minutes > 0) return `剩 ${minutes} 分`;
  return `剩 ${Math.ceil(left / 1000)} 秒`;
}

/** 「已 1 天」「已 3 小时」「刚刚」 since a moment. */
export function elapsed(since: When, now: number): string {
  const gone = Math.max(0, now - ms(since));
  if (gone >= DAY) return `已 ${Math.floor(gone / DAY)} 天`;
  if (gone >= HOUR) return `已 ${Math.floor(gone / HOUR)} 小时`;
  if (gone >= 60_000) return `已 ${Math.floor(gone / 60_000)} 分钟`;
  return "刚刚";
}

/** Cents as 「13,000」 or 「13,000.50」. */
export function money(cents: number): string {
  const whole = Math.trunc(cents / 100).toLocaleString("en-US");
  const rest = Math.abs(cents % 100);
  return rest ? `${whole}.${two(rest)}` : whole;
}

/** 「2026 1 19999 480217365」: year, kind, school, serial of an agreement number. */
export function agreementNumber(number: string): string {
  const found = /^(\d{4})(\d)(\d{5})(\d{9})$/.exec(number);
  return found ? found.slice(1).join(" ") : number;
}

export function greeting(now: number): string {
  const hour = Number(parts(now).clock.slice(0, 2));
  if (hour < 5) return "夜深了";
  if (hour < 9) return "早上好";
  if (hour < 12) return "上午好";
  if (hour < 14) return "中午好";
  if (hour < 18) return "下午好";
  return "晚上好";
}

/** 「杭州远岸数据科技有限公司」 → 「远岸数据」 is guesswork; the shortest safe form drops only the legal ending. */
export function shortName(name: string): string {
  return name.replace(/(股份)?(有限责任公司|有限公司)$/, "") || name;
}
