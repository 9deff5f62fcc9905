"""The six-digit PIN (操作码): set at first entry, asked at every act that binds; five tries, then fifteen minutes."""

from __future__ import annotations

import math
import re
import uuid

from sqlalchemy import ColumnElement, Connection, LargeBinary, bindparam, case, func, literal, select, update
from sqlalchemy.sql.elements import BindParameter

from app import clock
from app.models import Graduate
from app.problems import BaseDataUnconfirmed, Invalid, PinPaused, WrongPin
from app.sealing import Sealer

TRIES = 5
PAUSE = clock.minutes(15)
SHAPE = re.compile(r"[0-9]{6}")


def has_pin(connection: Connection, graduate_id: uuid.UUID) -> bool:
    """Whether the graduate has set a PIN; the row is held, so that two first entries cannot both set one."""
    statement = select(Graduate.pin.is_not(None)).where(Graduate.id == graduate_id).with_for_update()
    return bool(connection.execute(statement).scalar_one_or_none())


def set_pin(connection: Connection, graduate_id: uuid.UUID, sealer: Sealer, pin: str) -> None:
    """Set the PIN where there is none yet; raises :class:`Invalid` for another shape, or if one has been set."""
    if not SHAPE.fullmatch(pin):
        raise Invalid.field("/pin", "操作码应为 6 位数字。")
    done = connection.execute(
        update(Graduate)
        .where(Graduate.id == graduate_id, Graduate.pin.is_(None))
        .values(pin=sealer.pin(graduate_id, pin), pin_failures=0, pin_paused_until=None)
    )
    if done.rowcount != 1:
        raise Invalid.field("/pin", "操作码已经设置过。")


def check_pin(connection: Connection, graduate_id: uuid.UUID, sealer: Sealer, pin: str) -> None:
    """Count and compare in one statement; the row's lock puts tries made at the same moment one after the other.

    Raises :class:`WrongPin` with ``tries_left``, :class:`PinPaused` with Retry-After (also for the right PIN), and
    :class:`BaseDataUnconfirmed` where no PIN has been set; what was counted survives the refusal.
    """
    parameters = {"graduate": graduate_id, "given": sealer.pin(graduate_id, pin)}
    row = connection.execute(_COUNT, parameters).one_or_none()
    if row is None:
        raise BaseDataUnconfirmed
    if row.pin_paused_until is not None:
        seconds = max(1, math.ceil(row.seconds_left))
        raise PinPaused(headers={"Retry-After": str(seconds)})
    if row.pin_failures:
        left = TRIES - row.pin_failures
        raise WrongPin(f"操作码不正确，还可以试 {left} 次。", tries_left=left)


def _counting() -> tuple[ColumnElement[int], ColumnElement[object]]:
    """The next ``pin_failures`` and ``pin_paused_until``; only a right PIN leaves (0, NULL) behind."""
    now = func.clock_timestamp()
    given: BindParameter[bytes] = bindparam("given", type_=LargeBinary)
    paused = func.coalesce(Graduate.pin_paused_until > now, literal(value=False))
    # A pause that is over gives five new tries.
    failures = case((Graduate.pin_paused_until.is_not(None), 0), else_=Graduate.pin_failures) + 1
    right = Graduate.pin == given
    count = case((paused, Graduate.pin_failures), (right, 0), else_=failures)
    until = case((paused, Graduate.pin_paused_until), (right, None), (failures >= TRIES, now + PAUSE), else_=None)
    return count, until


_failures, _until = _counting()
_COUNT = (
    update(Graduate)
    .where(Graduate.id == bindparam("graduate"), Graduate.pin.is_not(None))
    .values(pin_failures=_failures, pin_paused_until=_until)
    .returning(
        Graduate.pin_failures,
        Graduate.pin_paused_until,
        func.extract("epoch", Graduate.pin_paused_until - func.clock_timestamp()).label("seconds_left"),
    )
)
