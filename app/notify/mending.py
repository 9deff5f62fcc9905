"""What an operator sets going again once the cause is gone: what was put off and what a pause kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from app.models.columns import in_states
from app.models.message import MessageState
from app.notify.errcodes import TABLE, Behaviour

PAUSING = tuple(
    code
    for code, answer in TABLE.items()
    if answer.behaviour in (Behaviour.STOP_ACCOUNT, Behaviour.STOP_TEMPLATE, Behaviour.DAY_QUOTA)
)
"""Codes whose answer pauses more than the message that met it."""

_EVENTS = text("""
    UPDATE event SET put_off_until = now()
    WHERE fanned_out_at IS NULL AND put_off_until > now() AND id = coalesce(:id, id)
""")
_CALLBACKS = text("""
    UPDATE wechat_callback SET due_at = now()
    WHERE handled_at IS NULL AND fault IS NOT NULL AND due_at > now() AND id = coalesce(:id, id)
""")
_END_PAUSES = text("""
    UPDATE sending_pause SET until = now()
    WHERE until > now() AND (CAST(:template AS text) IS NULL OR template = :template)
    RETURNING template, errcode
""")
# Those that met the pause themselves wait for its end on their own.
_NO_LONGER_HELD = text(f"""
    UPDATE message SET next_try_at = now()
    WHERE {in_states(MessageState.RATE_LIMITED)} AND next_try_at > now() AND errcode = ANY(:codes)
        AND (CAST(:template AS text) IS NULL OR :template = '' OR template = :template)
""")  # noqa: S608  (only constants)


def tell_again(connection: Connection, event: int | None = None) -> int:
    """Have events that were put off told with the next tick, all or one; returns how many.

    What comes after them is not held up meanwhile.
    """
    return connection.execute(_EVENTS, {"id": event}).rowcount


def work_again(connection: Connection, callback: int | None = None) -> int:
    """Have pushes of WeChat that failed worked on with the next tick, all or one; returns how many."""
    return connection.execute(_CALLBACKS, {"id": callback}).rowcount


@dataclass(frozen=True)
class Resumed:
    """Which templates go on (empty is the account), and how many messages had met a pause themselves."""

    templates: tuple[str, ...]
    messages: int


def resume(connection: Connection, template: str | None = None) -> Resumed:
    """End pauses now, all or that of one template. Where the cause is still there, the first call pauses again."""
    ended = connection.execute(_END_PAUSES, {"template": template}).all()
    held = connection.execute(_NO_LONGER_HELD, {"template": template, "codes": list(PAUSING)}).rowcount
    return Resumed(tuple(sorted(row.template for row in ended)), held)
