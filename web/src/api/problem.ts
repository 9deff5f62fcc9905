export interface FieldError {
  pointer: string;
  detail: string;
}

/** Sentences for when the answer itself cannot be had, or carries none. */
const sentences: Record<string, string> = {
  offline: "现在连不上网络。你填的都还在，连上后再点一次。",
  timeout: "等了很久没有回音。网络好一些时再试一次，不会重复提交。",
  database_away: "系统正在恢复，请过几秒再试。",
  not_signed_in: "登录已过期，请重新登录。",
  not_found: "没有找到，或你不能查看。",
  stale: "内容刚刚有变化，已为你刷新，请再看一遍。",
  too_many: "操作太频繁，请稍后再试。",
};

/** An answer that refuses (RFC 9457), or no answer at all (`code` offline or timeout, `status` 0). */
export class Problem extends Error {
  readonly code: string;
  readonly status: number;
  readonly errors: FieldError[];
  /** Seconds the server asks to wait. */
  readonly retryAfter: number | null;
  /** Members beyond the standard ones: `state`, `holder`, `tries_left`. */
  readonly extra: Record<string, unknown>;

  constructor(fields: {
    code: string;
    status: number;
    detail?: string | undefined;
    errors?: FieldError[] | undefined;
    retryAfter?: number | null | undefined;
    extra?: Record<string, unknown> | undefined;
  }) {
    super(fields.detail || sentences[fields.code] || "没有成功，请稍后再试。");
    this.name = "Problem";
    this.code = fields.code;
    this.status = fields.status;
    this.errors = fields.errors ?? [];
    this.retryAfter = fields.retryAfter ?? null;
    this.extra = fields.extra ?? {};
  }

  /** True when nothing was decided: the same act may be sent again with the same key. */
  get unanswered(): boolean {
    return this.status === 0 || this.status >= 500;
  }

  /** Field errors by their JSON pointer without the leading slash: {"terms/position": "…"}. */
  get byField(): Record<string, string> {
    return Object.fromEntries(this.errors.map(({ pointer, detail }) => [pointer.replace(/^\//, ""), detail]));
  }
}

export function secondsToWait(header: string | null, now: number): number | null {
  if (!header) return null;
  const seconds = Number(header);
  if (Number.isFinite(seconds)) return Math.max(0, seconds);
  const at = Date.parse(header);
  return Number.isNaN(at) ? null : Math.max(0, Math.ceil((at - now) / 1000));
}

/** Reads a refusing response; any body, or none, gives a Problem with a sentence. */
export async function readProblem(response: Response, now: number): Promise<Problem> {
  let body: Record<string, unknown> = {};
  try {
    body = (await response.json()) as Record<string, unknown>;
  } catch {
    // A proxy's HTML page, or an empty body: the status alone has to do.
  }
  const { code, detail, errors, type: _type, title: _title, status: _status, instance: _instance, ...extra } = body;
  return new Problem({
    code: typeof code === "string" ? code : codeOfStatus(response.status),
    status: response.status,
    detail: typeof detail === "string" ? detail : undefined,
    errors: Array.isArray(errors) ? (errors as FieldError[]) : undefined,
    retryAfter: secondsToWait(response.headers.get("Retry-After"), now),
    extra,
  });
}

function codeOfStatus(status: number): string {
  if (status === 401) return "not_signed_in";
  if (status === 404) return "not_found";
  if (status === 412) return "stale";
  if (status === 429) return "too_many";
  if (status === 503 || status === 502 || status === 504) return "database_away";
  return "failed";
}

