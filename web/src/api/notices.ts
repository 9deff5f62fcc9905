/** What people are pushed and may choose, and how the pushes fared. */
import { act, type Answer } from "./http";
import type { components } from "./schema";

type Schemas = components["schemas"];

export type Notices = Schemas["NoticesOut"];
export type NoticeChoice = Schemas["ChoiceOut"];
/** One push as an office sees it. */
export type Push = Schemas["PushOut"];

/** What waits for somebody whom no channel reached. */
export type Unreachable = Schemas["UnreachableOut"];
export type UnreachableCounts = Schemas["UnreachableCounts"];

export const noticesPath = "/me/notices";
export const unreachablePath = "/unreachable";
export const unreachableCountsPath = "/unreachable/counts";
export const pushesPath = (state: string): string => `/deliveries?state=${state}`;

export const switchChoice = (choice: string, pushed: boolean): Promise<Answer<void>> =>
  act(`${noticesPath}/${encodeURIComponent(choice)}`, { body: { pushed } });

/** 我已在微信里重新打开: the next notice is tried again. */
export const switchedOnAgain = (): Promise<Answer<void>> => act(`${noticesPath}/refusals/clear`);
