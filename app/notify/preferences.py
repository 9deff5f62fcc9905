"""推送偏好: what a person may switch off and what not, and what WeChat refuses on their behalf. The outbox obeys it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from sqlalchemy import Connection, text

from app.access import Actor, Role
from app.notify.catalogue import ENTRIES
from app.notify.entry import CHOICES, Audience
from app.notify.means import Means
from app.problems import Invalid, NotFound

TITLES: Mapping[str, str] = {
    "invitation_received": "签约邀请通知",
    "invitation_expiring": "签约邀请到期提醒",
    "invitation_closed": "签约邀请状态变更",
    "review_result": "审核结果通知",
    "agreement_effective": "签约成功通知",
    "answer_changed": "应约结果通知",
    "changes": "多项变更提醒",
    "desk_digest": "待审核汇总",
}
"""Our name of a template → its title in WeChat, by which its receiver knows it."""


def audience_of(role: Role) -> Audience:
    """As whom an account of this role is told things."""
    named = {Role.GRADUATE: Audience.GRADUATE, Role.EMPLOYER: Audience.EMPLOYER}
    return named.get(role, Audience.DESK)


def choices(role: Role) -> list[str]:
    """The groups an account of this role may switch off, in the order of the page."""
    return [name for name, choice in CHOICES.items() if choice.to is audience_of(role)]


def mandatory(role: Role, *, at_night: bool = False) -> list[str]:
    """Our names of the templates by which an account of this role is always told; or those that come at night too."""
    told = [entry for entry in ENTRIES if entry.to is audience_of(role) and entry.template and not entry.choice]
    found = {entry.template for entry in told if entry.urgent or not at_night}
    return [name for name in TITLES if name in found]


_SWITCH = text("""
    INSERT INTO preference (account_id, choice, pushed) VALUES (:account, :choice, :pushed)
    ON CONFLICT (account_id, choice) DO UPDATE SET pushed = excluded.pushed, changed_at = now()
    WHERE preference.pushed <> excluded.pushed
""")
_PROBE = text("UPDATE refusal SET probe_at = now() WHERE account_id = :account AND probe_at > now()")


# Sent after it was refused: WeChat takes it again.
_TAKEN_AGAIN = text("""
    DELETE FROM refusal r
    WHERE (SELECT true FROM message m
        WHERE m.recipient = r.account_id AND m.template = r.template AND m.state IN ('sent', 'delivered')
            AND m.sent_at > r.refused_at LIMIT 1)
""")


def forget_refusals(means: Means) -> int:
    """Forget what WeChat no longer refuses; returns how many."""
    with means.db.transaction() as connection:
        return connection.execute(_TAKEN_AGAIN).rowcount


def switch(connection: Connection, actor: Actor, choice: str, *, pushed: bool) -> None:
    """Push this group to the actor, or leave it to the message centre. A second time changes nothing.

    Raises :class:`Invalid` for what may not be switched off, :class:`NotFound` for what is no group of this role.
    """
    if choice in choices(actor.role):
        connection.execute(_SWITCH, {"account": actor.id, "choice": choice, "pushed": pushed})
    elif choice in mandatory(actor.role):
        raise Invalid.field("/pushed", f"「{TITLES[choice]}」关系到期限和结果，不能关闭。")
    else:
        raise NotFound


def probe(connection: Connection, account_id: uuid.UUID | None) -> None:
    """Try again with the next notice what WeChat refused: the person says it is switched on again there."""
    connection.execute(_PROBE, {"account": account_id})
