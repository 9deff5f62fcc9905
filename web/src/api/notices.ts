/** What people are pushed and may choose, and how the pushes fared. */
import { act, type Answer } from "./http";
import type { components } from "./schema";
import type { Time } from "./types";

type Schemas = components["schemas"];

export type Notices = Schemas["NoticesOut"];
export type NoticeChoice = Schemas["ChoiceOut"];
/** One push as an office sees it. */
export type Push = Schemas["PushOut"];

/** Somebody whom no channel reached. */
export interface Unreachable {
  id: string;
  graduate: { name: string; student_no: string; class_name: string | null };
  what: string;
  deadline: Time | null;
  reasons: { channel: string; text: string }[];
  since: Time;
}

export const noticesPath = "/me/notices";
export const unreachablePath = "/unreachable";
export const unreachableCountsPath = "/unreachable/counts";
export const pushesPath = (state: string): string => `/deliveries?state=${state}`;

export const switchChoice = (choice: string, pushed: boolean): Promise<Answer<void>> =>
  act(`${noticesPath}/${encodeURIComponent(choice)}`, { body: { pushed } });

/** 我已在微信里重新打开: the next notice is tried again. */
export const switchedOnAgain = (): Promise<Answer<void>> => act(`${noticesPath}/refusals/clear`);
