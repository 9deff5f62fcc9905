"""An invitation as its two parties are answered: the query's words, the possible actions, the fate of the notice."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from sqlalchemy import Connection, Row

from app.http import answer
from app.models import ClaimState, InvitationState
from app.queries import cards
from app.queries import invitations as read
from app.workflows import filing, invitation, termination
from app.workflows.machine import Possibility
from app.workflows.machines import INVITATION

TWINS = {"lapse": "take_back"}
"""Actions that are one button to the person: which of the two applies is the clock's business."""


def shown(connection: Connection, invitation_id: uuid.UUID, status: int = 200) -> Response:
    """The whole invitation in the actor's words."""
    content, row = read.one(connection, g.actor, invitation_id)
    content["actions"] = [vars(item) for item in _actions(row, content)]
    return answer(content, status=status, etag=cards.etag(row._mapping))


def _actions(row: Row[Any], content: dict[str, Any]) -> list[Possibility]:
    found = {}
    for item in INVITATION.allowed(invitation.situation_of(row, g.actor)):
        name = TWINS.get(item.action, item.action)
        if name not in found or item.possible:
            found[name] = Possibility(name, item.label, item.possible, item.reason)
    if "take_back" in found:
        found["take_back"] = _take_back(row, found["take_back"])
    if row.state == InvitationState.ACCEPTED:
        found["download"] = _download(row, content)
    if row.claim_state == ClaimState.EFFECTIVE:
        found["terminate"] = termination.possible_request(row, g.actor)
    elif row.claim_state == ClaimState.TERMINATING:
        found["terminate"] = Possibility("terminate", "申请解约", False, "解约正在进行，请等这一次结束。")
    return list(found.values())


def _take_back(row: Row[Any], item: Possibility) -> Possibility:
    if row.claim_state == ClaimState.TERMINATED:
        return Possibility(item.action, item.label, False, "已经解约，不用再撤回。")
    if row.claim_state != ClaimState.IN_REVIEW:
        return Possibility(item.action, item.label, False, "审核已经结束，不能再撤回应约。想换单位，请与单位商定解约。")
    if filing.undecided(row.filing_state, row.stages):
        return item
    return Possibility(
        item.action, item.label, False, "已有一级审核通过，不能再撤回。想换单位，等审核结束后与单位商定解约。"
    )


def _download(row: Row[Any], content: dict[str, Any]) -> Possibility:
    if content["agreement"]:
        return Possibility("download", "下载电子协议书", True)
    lost = content["turn"]["who"] == "lost"
    if row.claim_state == ClaimState.TERMINATED:
        return Possibility("download", "下载电子协议书", False, "已经解约。需要存档的，请联系学校就业部门。")
    reason = "审核没有通过，没有协议书。" if lost else "学校审核通过后就能下载。"
    return Possibility("download", "下载电子协议书", False, reason)
