"""What an entry of the catalogue says: which event, to whom, in which words, by which template, for how long."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from app.models import Channel, Topic
from app.notify.fields import fit
from app.notify.story import Story


class Audience(StrEnum):
    """Who is told."""

    GRADUATE = "graduate"
    """毕业生 the event is about"""
    EMPLOYER = "employer"
    """everyone who works for the employer of the invitation"""
    DESK = "desk"
    """everyone at the desk that has the filing now"""


class Mark(StrEnum):
    """Whose turn the message says it is."""

    MINE = "mine"
    OTHERS = "others"
    DONE = "done"
    LOST = "lost"


def _always(story: Story) -> bool:
    return True


UNTIL_THE_DEADLINE: timedelta | None = None


@dataclass(frozen=True)
class Entry:
    """One message. Texts are format strings over :meth:`Story.words`; ``fields`` go into the push, fitted.

    ``lasts`` is how long the push is worth sending after the event, :data:`UNTIL_THE_DEADLINE` for as long as the
    invitation may be answered. ``only_while_so`` drops the push once the subject has moved on. A reminder comes so long
    ``after`` its event; that of an invitation has no moment of its own here: :mod:`app.notify.reminders` knows it.

    ``urgent`` pushes go first, at night too, and may use the day's reserve. ``merge`` names what may wait together: of
    a person's messages under one word that are due together, one is pushed and says how many there are. ``choice`` is
    the group (:data:`CHOICES`) whose push its receiver may switch off. ``fallback`` is the channel tried when WeChat
    does not bring it.
    """

    event: str
    kind: str
    to: Audience
    topic: Topic
    mark: Mark
    title: str
    body: str
    href: str
    template: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    when: Callable[[Story], bool] = _always
    lasts: timedelta | None = timedelta(days=3)
    urgent: bool = False
    only_while_so: bool = False
    reminder: bool = False
    after: timedelta | None = None
    note: str | None = None
    merge: str | None = None
    choice: str | None = None
    fallback: Channel | None = None


@dataclass(frozen=True)
class Choice:
    """A group of notices whose push a person may switch off; the message centre keeps them all."""

    title: str
    explanation: str
    to: Audience


CHOICES: Mapping[str, Choice] = {
    "closed": Choice("邀请的变动", "单位撤回邀请、邀请到期时推送", Audience.GRADUATE),
    "progress": Choice("审核进展", "一级审核通过、转到下一级时推送；最终结果总会推送", Audience.GRADUATE),
    "answers": Choice("毕业生的答复", "接受、拒绝、撤回应约、申请或答复解约、到期未答时推送", Audience.EMPLOYER),
    "digest": Choice("待审核汇总", "工作日上午和下午各一次，有待审核时推送", Audience.DESK),
}
"""Group → what the page of preferences says. What is in no group is always pushed: it is what one could lose."""

MERGES: Mapping[str, str] = {
    "closed": "邀请有变动",
    "results": "审核有进展",
    "answers": "毕业生有答复",
}
"""What may wait together → how the one push that stands for several begins."""
MERGED_TEMPLATE = "changes"


def merged_fields(merge: str, count: int, at: str) -> dict[str, str]:
    """The fields of the push that stands for ``count`` messages, the latest of them of ``at``."""
    return {"thing1": fit("thing1", MERGES[merge]), "number2": fit("number2", str(count)), "time3": fit("time3", at)}


SMS_PARAMETERS: Mapping[str, tuple[str, ...]] = {
    "invitation_received": ("thing1", "time3"),
    "invitation_expiring": ("thing1", "thing3"),
    "review_result": ("thing1", "phrase2"),
    "return_link": ("school", "until", "token"),
    "return_link_again": ("school", "until", "token"),
}
"""Our name of a template → the fields its short message says, in order. The SMS template has the same name. Those of
links (:mod:`app.notify.links`) go by SMS and e-mail only."""

TEMPLATES: Mapping[str, tuple[str, ...]] = {
    "invitation_received": ("thing1", "thing2", "time3", "phrase4"),
    "invitation_expiring": ("thing1", "time2", "thing3"),
    "invitation_closed": ("thing1", "phrase2", "time3", "thing4"),
    "review_result": ("thing1", "phrase2", "thing3", "time4"),
    "agreement_effective": ("thing1", "character_string2", "time3"),
    "answer_changed": ("thing1", "phrase2", "time3"),
    "changes": ("thing1", "number2", "time3"),
    "desk_digest": ("thing1", "number2", "thing3"),
}
"""Our names of the templates and their fields, as applied for with the platform (docs/operations.md, 模板)."""
