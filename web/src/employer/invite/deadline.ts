/** 应约截止: whole days in Beijing, ending at 23:59:59 of the last one. */

import { exact } from "@/shared/format";

const DAY = 86_400_000;
const BEIJING = 8 * 3_600_000;

/** Today's date in Beijing, YYYY-MM-DD. */
export const todayInBeijing = (now: Date): string => new Date(now.getTime() + BEIJING).toISOString().slice(0, 10);

/** The date `days` after today in Beijing. */
export const dayAfter = (now: Date, days: number): string => todayInBeijing(new Date(now.getTime() + days * DAY));

/** Whole days from today to a date; negative for the past. */
export const daysUntil = (now: Date, date: string): number =>
  Math.round((Date.parse(date) - Date.parse(todayInBeijing(now))) / DAY);

/** The moment an answer is last accepted on that date, as an RFC 3339 time. */
export const endOf = (date: string): string => new Date(Date.parse(`${date}T23:59:59+08:00`)).toISOString();

/** 「3月20日 周五 23:59 截止」 */
export const deadlineText = (date: string, now: Date): string => `${exact(endOf(date), now.getTime())} 截止`;
