"""An invitation as its two parties are answered: the query's words, the possible actions, the fate of the notice."""

from __future__ import annotations

import uuid
from typing import Any

from flask import Response, g
from sqlalchemy import Connection

from app.access import Role
from app.http import answer
from app.queries import invitations as read
from app.queries import messages
from app.workflows import filing, invitation
from app.workflows.machine import Possibility, Situation
from app.workflows.machines import INVITATION, filing_machine

TWINS = {"lapse": "take_back"}
"""Actions that are one button to the person: which of the two applies is the clock's business."""


def shown(connection: Connection, invitation_id: uuid.UUID, status: int = 200) -> Response:
    """The whole invitation in the actor's words."""
    content, etag = read.one(connection, g.actor, invitation_id)
    content["actions"] = [vars(item) for item in _actions(connection, invitation_id, content)]
    if g.actor.role is Role.EMPLOYER:
        content["delivery"] = messages.delivery_of(connection, [invitation_id]).get(invitation_id)
    return answer(content, status=status, etag=etag)


def _actions(connection: Connection, invitation_id: uuid.UUID, content: dict[str, Any]) -> list[Possibility]:
    row = invitation.load(connection, g.actor, invitation_id)
    found = {}
    for item in INVITATION.allowed(invitation.situation_of(row, g.actor)):
        name = TWINS.get(item.action, item.action)
        if name not in found or item.possible:
            found[name] = Possibility(name, item.label, item.possible, item.reason)
    if "take_back" in found:
        found["take_back"] = _take_back(connection, row, found["take_back"])
    if row.state == "accepted":
        found["download"] = _download(content)
    return list(found.values())


def _take_back(connection: Connection, row: Any, item: Possibility) -> Possibility:
    claim, paper = filing.of_invitation(connection, row.id)
    if claim is None or paper is None:
        return Possibility(item.action, item.label, False, "审核已经结束，不能再撤回应约。想换单位，请与单位商定解约。")
    allowed = filing_machine(paper.machine).allowed(Situation(paper, g.actor, row.now))
    if any(step.action == "withdraw" and step.possible for step in allowed):
        return item
    return Possibility(
        item.action, item.label, False, "已有一级审核通过，不能再撤回。想换单位，等审核结束后与单位商定解约。"
    )


def _download(content: dict[str, Any]) -> Possibility:
    if content["agreement"]:
        return Possibility("download", "下载电子协议书", True)
    lost = content["turn"]["who"] == "lost"
    reason = "审核没有通过，没有协议书。" if lost else "学校审核通过后就能下载。"
    return Possibility("download", "下载电子协议书", False, reason)
