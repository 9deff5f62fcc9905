"""Whose turn it is (轮到谁): one table from the states of invitation, filing and claim to the words each viewer reads.

``who`` is ``mine`` (your turn), ``others`` (somebody else's, or closed without loss), ``done`` or ``lost``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Who = Literal["mine", "others", "done", "lost"]
Viewer = Literal["graduate", "employer", "office"]
PARTIES = {"graduate": "毕业生", "employer": "单位"}
DESK_NAMES = {"counsellor": "辅导员", "college": "学院", "school": "学校"}


@dataclass(frozen=True)
class Turn:
    """What a viewer is told. ``timed``: the countdown belongs beside it; ``aged``: since when it waits."""

    who: Who
    text: str
    timed: bool = False
    aged: bool = False


@dataclass(frozen=True)
class Face:
    """One row of the table: the states it stands for (None is any) and the words for graduate, employer and office."""

    invitation: str | None
    filing: str | None
    claim: str | None
    condition: Literal["late", "held", "asked_by_graduate", "asked_by_employer", None]
    graduate: Turn
    employer: Turn
    office: Turn


def _alike(turn: Turn) -> tuple[Turn, Turn, Turn]:
    return turn, turn, turn


def _desk(stage: str) -> Face:
    waiting = Turn("others", f"{DESK_NAMES[stage]}审核中", aged=True)
    return Face("accepted", f"{stage}_review", None, None, *_alike(waiting))


FACES: tuple[Face, ...] = (
    Face("pending", None, None, "late", *_alike(Turn("lost", "已过截止时间"))),
    Face(
        "pending",
        None,
        None,
        "held",
        Turn("others", "只能查看，暂不能答复", timed=True),
        Turn("others", "毕业生暂不能应约", timed=True),
        Turn("others", "等毕业生答复", timed=True),
    ),
    Face(
        "pending",
        None,
        None,
        None,
        Turn("mine", "等你答复", timed=True),
        Turn("others", "等毕业生答复", timed=True),
        Turn("others", "等毕业生答复", timed=True),
    ),
    Face(
        "refused",
        None,
        None,
        None,
        Turn("others", "你已拒绝"),
        Turn("others", "毕业生已拒绝"),
        Turn("others", "毕业生已拒绝"),
    ),
    Face(
        "withdrawn",
        None,
        None,
        None,
        Turn("others", "单位已撤回"),
        Turn("others", "你已撤回"),
        Turn("others", "单位已撤回"),
    ),
    Face("expired", None, None, None, *_alike(Turn("lost", "已失效，没有在截止前答复"))),
    _desk("counsellor"),
    _desk("college"),
    _desk("school"),
    Face("accepted", "approved", "effective", None, *_alike(Turn("done", "签约成功"))),
    Face(
        "accepted",
        "approved",
        "terminating",
        "asked_by_graduate",
        Turn("others", "你申请了解约，等单位答复"),
        Turn("mine", "毕业生申请解约，等你答复"),
        Turn("others", "解约中，等单位答复"),
    ),
    Face(
        "accepted",
        "approved",
        "terminating",
        "asked_by_employer",
        Turn("mine", "单位申请解约，等你答复"),
        Turn("others", "你申请了解约，等毕业生答复"),
        Turn("others", "解约中，等毕业生答复"),
    ),
    Face("accepted", "approved", "terminating", None, *_alike(Turn("others", "双方同意解约，审核中"))),
    Face("accepted", "approved", "terminated", None, *_alike(Turn("others", "已解约"))),
    Face("accepted", "rejected", "failed", None, *_alike(Turn("lost", "签约失败，审核不通过"))),
    Face("accepted", "withdrawn", "failed", None, *_alike(Turn("others", "应约已撤回"))),
)


class NoFace(LookupError):
    """A combination of states that the table does not know; a test walks all that can occur."""


@lru_cache(maxsize=1024)
def turn(
    viewer: Viewer,
    invitation: str,
    filing: str | None,
    claim: str | None,
    *,
    late: bool = False,
    held: bool = False,
    asked_by: str | None = None,
) -> Turn:
    """The words for one viewer; raises :class:`NoFace`. ``asked_by`` is who waits for an answer to a termination."""
    present = {"late": late, "held": held, None: True} | {f"asked_by_{party}": asked_by == party for party in PARTIES}
    for face in FACES:
        if (
            face.invitation in (None, invitation)
            and (face.filing in (None, filing) if face.filing or invitation == "accepted" else True)
            and face.claim in (None, claim)
            and present[face.condition]
        ):
            return Turn(**vars(getattr(face, viewer)))
    raise NoFace(f"{invitation}, {filing}, {claim}")


CLAIM_TURNS: dict[str, Turn] = {
    "agreement_generated": Turn("mine", "协议书已生成，等盖章回传"),
    "terminating": Turn("others", "解约中"),
    "terminated": Turn("others", "已解约"),
    "voided": Turn("others", "已作废"),
    "failed": Turn("lost", "没有签成，已作废"),
    "suspended": Turn("lost", "已挂起，请联系学校"),
}
"""What an approved filing is, once the claim it brought about has moved on."""


AWAITING = ("agreement_generated", "terminating")
"""States of a claim in which a filing about it decides how it goes on."""
AFTER_APPROVAL = {"agreement_generated": "now", "failed": "lost"}
"""How the first step after the levels looks while the approved filing has not brought about what it is for."""


CLAIM_ACTIONS = {"agreement_generated": "去打印和回传"}
"""What its graduate is to do about an approved filing, by the state of the claim it brought about."""


def filing_turn(state: str, claim: str | None, effective: str, following: tuple[str, str] | None = None) -> Turn:
    """Where a graduate's own filing stands, to the graduate; ``effective`` is what the kind calls its success.

    ``following`` is the filing under review about the claim that this one brought about: its kind's title, its state.
    """
    stage = state.removesuffix("_review")
    if stage in DESK_NAMES:
        return Turn("others", f"{DESK_NAMES[stage]}审核中", aged=True)
    if state == "approved":
        if following is not None and claim in AWAITING:
            title, now = following
            return Turn("others", f"{title}：{DESK_NAMES[now.removesuffix('_review')]}审核中")
        return CLAIM_TURNS.get(claim or "", Turn("done", effective))
    return {
        "draft": Turn("mine", "草稿，还没有提交"),
        "returned": Turn("mine", "退回修改，等你改好再交"),
        "rejected": Turn("lost", "审核不通过"),
        "withdrawn": Turn("others", "已撤回"),
        "voided": Turn("others", "已删除"),
    }[state]


def termination_turn(viewer: Viewer, state: str, started_by: str, filing: str | None) -> Turn:
    """Where an online termination stands. ``filing`` is the state of what the offices decide once both agree."""
    if filing is not None:
        stage = filing.removesuffix("_review")
        if stage in DESK_NAMES:
            return Turn("others", f"{DESK_NAMES[stage]}审核解约中", aged=True)
        return Turn("done", "已解约") if filing == "approved" else Turn("lost", "审核不通过，签约仍然有效")
    if state == "pending":
        if viewer not in ("office", started_by):
            return Turn("mine", f"{PARTIES[started_by]}申请解约，等你答复")
        other = "单位" if started_by == "graduate" else "毕业生"
        return Turn("others", f"等{other}答复", aged=True)
    return {
        "refused": Turn("lost", "拒绝解约，签约仍然有效"),
        "cancelled": Turn("others", "已撤销，签约仍然有效"),
        "dismissed": Turn("lost", "学校不予解约，签约仍然有效"),
    }[state]


def filing_steps(
    state: str,
    before: Sequence[str],
    stages: Sequence[str],
    after: Sequence[str],
    rejected_by: str | None,
    claim: str | None = None,
) -> list[dict[str, str]]:
    """The thin line of steps of a filing, ``{label, state}``: what precedes the levels, the levels, what follows.

    ``claim`` is the state of the claim it is about.
    """
    labels = [*before, *(f"{DESK_NAMES[stage]}审核" for stage in stages), *after]
    waiting = [f"{stage}_review" for stage in stages]
    if state in waiting:
        at, how = len(before) + waiting.index(state), "now"
    elif state == "approved" and after and claim in AFTER_APPROVAL:
        at, how = len(before) + len(stages), AFTER_APPROVAL[claim]
    elif state == "approved":
        at, how = len(labels) - 1, "done"
    elif rejected_by is not None:
        at, how = len(before) + list(stages).index(rejected_by), "lost"
    else:
        at, how = len(before) - 1, "now" if state in ("draft", "returned") else "lost"
    marks = ["done"] * at + [how] + ["todo"] * (len(labels) - at - 1)
    return [{"label": label, "state": mark} for label, mark in zip(labels, marks, strict=True)]


def desk_turn(state: str, mine: bool) -> Turn:
    """The same for the office that has a filing before it."""
    stage = state.removesuffix("_review")
    if stage in DESK_NAMES:
        return Turn(
            "mine" if mine else "others",
            f"{'轮到' if mine else ''}{DESK_NAMES[stage]}审核{'' if mine else '中'}",
            aged=True,
        )
    return {
        "approved": Turn("done", "审核通过"),
        "rejected": Turn("lost", "审核不通过"),
        "withdrawn": Turn("others", "毕业生已撤回"),
        "returned": Turn("others", "已退回，等毕业生修改"),
        "draft": Turn("others", "草稿，还没有提交"),
        "voided": Turn("others", "已删除"),
    }[state]


@lru_cache(maxsize=1024)
def steps(
    viewer: Viewer,
    invitation: str,
    filing: str | None,
    stages: tuple[str, ...],
    late: bool = False,
    rejected_by: str | None = None,
) -> tuple[tuple[str, str], ...]:
    """The thin line of steps: ``(label, done | now | todo | lost)``. ``rejected_by`` is the stage that said no."""
    labels = ["单位邀请", "你答复" if viewer == "graduate" else "毕业生答复"]
    labels += [f"{DESK_NAMES[stage]}审核" for stage in stages]
    position, end = _position(invitation, filing, stages, late, rejected_by)
    states = ["done"] * position + [end] + ["todo"] * (len(labels) - position - 1)
    return tuple(zip(labels, states[: len(labels)], strict=True))


def _position(
    invitation: str, filing: str | None, stages: Sequence[str], late: bool, rejected_by: str | None
) -> tuple[int, str]:
    """At which step it stands, and how that step looks."""
    if invitation == "pending":
        return 1, "lost" if late else "now"
    if invitation != "accepted":
        return 1, "lost"
    waiting = [f"{stage}_review" for stage in stages]
    if filing in waiting:
        return 2 + waiting.index(filing), "now"
    if rejected_by is not None:
        return 2 + stages.index(rejected_by), "lost"
    return (1 + len(stages), "done") if filing == "approved" else (1, "lost")
