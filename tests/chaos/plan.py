"""What is broken, when, in which order: a plan drawn from a seed, so that a run can be told and made again."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.sandbox.running import SEND

FAULTS: dict[str, dict[str, Any]] = {
    "WeChat busy (-1)": {"errcode": -1},
    "minute quota (45011)": {"errcode": 45011},
    "day quota (45009)": {"errcode": 45009},
    "token refused (40001)": {"errcode": 40001},
    "held for review, never sent (40252)": {"review": "block", "review_delay": 3.0},
    "held for review, sent by WeChat (40252)": {"review": "pass", "review_delay": 3.0},
    "template refused by its receiver (43101)": {"errcode": 43101},
    "said not to follow (43004)": {"errcode": 43004},
    "on the black list (43019)": {"errcode": 43019},
    "too much to one person (43117)": {"errcode": 43117},
    "called a duplicate after acceptance (40241)": {"errcode": 40241, "after": True},
    "a field that does not fit (47003)": {"errcode": 47003},
    "bad gateway before acceptance": {"http_status": 502},
    "bad gateway after acceptance": {"http_status": 502, "after": True},
    "silence after acceptance": {"delay": 6.0, "after": True},
    "connection cut before acceptance": {"reset": True},
    "connection cut after acceptance": {"reset": True, "after": True},
    "receipt before the answer": {"receipt": "early"},
    "receipt late": {"receipt_delay": 3.0},
    "receipt twice": {"receipt": "double"},
    "no receipt": {"receipt": "missing"},
    "receipt without an id": {"msgid_zero": True},
    "receipt: WeChat's own failure": {"status": "failed: system failed"},
    "receipt: shut out": {"status": "failed:user block"},
}
"""Name → the stand-in's rule. One that says «after» has the call carried out all the same."""
KILL_SENDER, KILL_SWEEPER = "kill -9 of a sender", "kill -9 of a sweeper"
EMPTY_REDIS, CRASH_REDIS = "Redis emptied", "kill -9 of Redis, restarted empty"
CRASH_POSTGRES = "PostgreSQL stopped at once, restarted"
EXPIRE_TOKENS, LEAVE = "every token ended", "a follower leaves, and comes back at the end"
BLOWS = {
    # Act → at least so many, and one more for each so many messages.
    KILL_SENDER: (3, 150),
    KILL_SWEEPER: (2, 300),
    EMPTY_REDIS: (1, 800),
    CRASH_REDIS: (1, 1000),
    CRASH_POSTGRES: (1, 1000),
    EXPIRE_TOKENS: (1, 600),
    LEAVE: (2, 500),
}
MESSAGES_A_FAULT = 500
"""Each fault is switched on once for so many messages, and at least once."""
OFTEN = (1, 3)
"""A fault concerns between so many sends before it ends by itself."""


@dataclass(frozen=True)
class Act:
    """One thing that is done once ``at`` people were invited and most of their messages are on their way."""

    at: int
    what: str
    rule: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"at {self.at}: {self.what}{f' x{times}' if (times := self.rule.get('times')) else ''}"


def draw(seed: int, messages: int) -> list[Act]:
    """A plan for so many messages, spread over the run."""
    dice = random.Random(seed)
    acts: list[tuple[str, dict[str, Any]]] = [
        (blow, {}) for blow, (least, each) in BLOWS.items() for _ in range(max(least, messages // each))
    ]
    for _ in range(max(1, messages // MESSAGES_A_FAULT)):
        acts += [(name, {"path": SEND, "times": dice.randint(*OFTEN)} | rule) for name, rule in FAULTS.items()]
    dice.shuffle(acts)
    first, last = messages // 50, messages * 8 // 10
    moments = sorted(dice.randint(first, last) for _ in acts)
    return [Act(at, what, rule) for at, (what, rule) in zip(moments, acts, strict=True)]


def counted(acts: Sequence[Act]) -> str:
    """How often what was done, one line each."""
    counts = Counter(act.what for act in acts)
    return "\n".join(f"  {count:5}  {what}" for what, count in counts.most_common())
