import { now } from "@/shared/clock";
import { get } from "./http";
import { Problem, readProblem } from "./problem";
import type { AgreementLink } from "./types";

const TRIES = 8;

/**
 * A short-lived address of an agreement's PDF that is ready to be opened: a first call has it made, which may take
 * seconds, and a browser sent there too early would show a document for programs instead of the page.
 */
export async function agreementLink(agreementId: string): Promise<AgreementLink> {
  const { data: link } = await get<AgreementLink>(`/agreements/${agreementId}/link`);
  for (let tries = 1; ; tries += 1) {
    const response = await fetch(link.href, { credentials: "same-origin" }).catch(() => null);
    if (!response) throw new Problem({ code: "offline", status: 0 });
    if (response.ok) {
      await response.body?.cancel();
      return link;
    }
    const problem = await readProblem(response, now());
    if (response.status !== 503 || tries === TRIES) throw problem;
    await new Promise((resolve) => setTimeout(resolve, (problem.retryAfter ?? 2) * 1000));
  }
}
