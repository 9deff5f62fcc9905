"""Binding by a code (扫码绑定): a signed-in graduate shows a QR code, a WeChat user scans it, and both agree.

The code carries a random scene that is kept as its SHA-256, lives ten minutes and is good once. The first WeChat user
who scans it is the only one who may confirm; who that is says WeChat itself, in the event and once more in the log-in.
A code can be photographed from a screen, so that alone binds nothing: the phone is then shown a number, and the
signed-in page has to be told it. Whoever's phone was too late has no number to type.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, text

from app import clock
from app.identity import wechat
from app.problems import NotFound, NotNow, Problem
from app.sealing import mask_own_name

LIFE = clock.minutes(10)
PAGE = "/s/bind/"
TRIES = 3
"""Wrong numbers after which a code is over."""
SCENE = re.compile(r"bind-[A-Za-z0-9_-]{43}")
"""256 random bits behind a word that tells our codes from a poster's."""


class Gone(NotFound):
    """Unknown, used, expired or somebody else's code: all look the same."""

    code, title = "binding_gone", "这个绑定码不能用了"
    sentence = "这个绑定码已失效，或不是给你的。请在原来的页面换一个新的，再用微信扫。"


class WechatTaken(NotNow):
    """This WeChat user belongs to another graduate."""

    code, title = "wechat_taken", "这个微信已绑定另一位毕业生"
    sentence = "一个微信只能绑定一人。请用你自己的微信，或请学校就业部门解除原来的绑定。"


class AccountTaken(NotNow):
    """The graduate is bound already."""

    code, title = "account_taken", "你已绑定微信"
    sentence = "你已绑定一个微信。换了微信，请学校就业部门先解除原来的绑定。"


class NotAgreed(NotNow):
    """The phone has not confirmed yet, or the code is over."""

    code, title = "binding_not_agreed", "还不能绑定"
    sentence = "手机上还没有确认，或二维码已失效。请看这一页现在的提示。"


class WrongNumber(Problem):
    """The phone shows another number; ``tries_left`` may be 0, and then the code is over. What was counted stays."""

    status, code, title = 422, "wrong_number", "数字不对"
    sentence = "数字不对。"
    keeps_what_was_written = True


@dataclass(frozen=True)
class Seen:
    """What a code binds, shown so that its owner recognises it and nobody else learns it."""

    id: uuid.UUID
    name: str
    school: str
    student_no_tail: str

    @staticmethod
    def of(row: Row[Any]) -> Seen:
        """From a row with id, name, school and student_no."""
        return Seen(row.id, mask_own_name(row.name), row.school, (row.student_no or "")[-4:])


def new_scene() -> str:
    """A scene nobody can guess."""
    return f"bind-{secrets.token_urlsafe(32)}"


_BOUND = text("SELECT FROM wechat_follower WHERE app_id = :app AND account_id = :account")
_MAKE = text("""
    WITH ended AS (
        UPDATE binding_scene SET expires_at = now()
        WHERE account_id = :account AND expires_at > now() AND bound_at IS NULL AND refused_at IS NULL)
    INSERT INTO binding_scene (id, scene, account_id, expires_at) VALUES (:id, :scene, :account, now() + :life)
    RETURNING expires_at
""")


def require_unbound(connection: Connection, app_id: str, account_id: uuid.UUID) -> None:
    """Raises :class:`AccountTaken` where a code could lead to nothing."""
    if connection.execute(_BOUND, {"app": app_id, "account": account_id}).first() is not None:
        raise AccountTaken


def keep(connection: Connection, account_id: uuid.UUID, scene: str) -> tuple[uuid.UUID, datetime]:
    """Keep a code's scene; the account's older codes end. Returns its id and until when it is good."""
    binding_id = uuid.uuid4()
    parameters = {"account": account_id, "id": binding_id, "scene": digest(scene), "life": LIFE}
    expires_at: datetime = connection.execute(_MAKE, parameters).scalar_one()
    return binding_id, expires_at


_STATE = """CASE WHEN b.bound_at IS NOT NULL THEN 'bound' WHEN b.refused_at IS NOT NULL THEN 'refused'
    WHEN b.expires_at <= clock_timestamp() THEN 'expired' WHEN b.confirmed_at IS NOT NULL THEN 'confirmed'
    WHEN b.openid IS NOT NULL THEN 'scanned' ELSE 'waiting' END AS state"""
_PEOPLE = """account a JOIN graduate g ON g.id = a.graduate_id JOIN school s ON s.id = g.school_id"""
_LIVING = "a.disabled_at IS NULL AND g.base_state <> 'deleted'"
_STANDING = text(
    f"SELECT {_STATE}, b.expires_at FROM binding_scene b WHERE b.id = :id AND b.account_id = :account"  # noqa: S608
)


def standing(connection: Connection, account_id: uuid.UUID, binding_id: uuid.UUID) -> Row[Any]:
    """How far an own code has come: state (waiting, scanned, confirmed, bound, refused, expired) and expires_at.

    Raises :class:`NotFound`.
    """
    row = connection.execute(_STANDING, {"id": binding_id, "account": account_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


_SCAN = text(f"""
    UPDATE binding_scene b SET openid = :openid, scanned_at = coalesce(b.scanned_at, now()),
        number = coalesce(b.number, :number)
    FROM {_PEOPLE}
    WHERE b.scene = :scene AND a.id = b.account_id AND (b.openid IS NULL OR b.openid = :openid)
        AND b.bound_at IS NULL AND b.refused_at IS NULL AND {_LIVING}
        AND b.expires_at > coalesce(CAST(:at AS timestamptz), now())
    RETURNING b.id, g.name, s.name AS school, g.student_no
""")  # noqa: S608  (only constants)


def scan(connection: Connection, scene: bytes, openid: str, *, at: datetime | None = None) -> Seen | None:
    """Note who scanned the code of that digest (``at`` that moment, if not now); only the first one counts.

    Returns what the code binds, or None for a code that is unknown, over, or another's.
    """
    parameters = {"scene": scene, "openid": openid, "at": at, "number": 10 + secrets.randbelow(90)}
    row = connection.execute(_SCAN, parameters).one_or_none()
    return Seen.of(row) if row is not None else None


_ASKED = f"""
    SELECT b.id, b.account_id, b.openid, b.created_at, b.number, {_STATE}, g.name, s.name AS school, g.student_no,
        (SELECT w.account_id FROM wechat_follower w WHERE w.app_id = :app AND w.openid = :openid) AS theirs,
        EXISTS (SELECT FROM wechat_follower w
            WHERE w.app_id = :app AND w.account_id = b.account_id AND w.openid <> :openid) AS elsewhere
    FROM binding_scene b JOIN {_PEOPLE} ON a.id = b.account_id
    WHERE b.id = :id AND b.openid = :openid AND {_LIVING}
"""  # noqa: S608  (only constants)
_LOOK = text(_ASKED)
_LOOK_AND_HOLD = text(f"{_ASKED} FOR UPDATE OF b")
_OWN_AND_HOLD = text(f"""
    SELECT b.id, b.account_id, b.openid, b.number, b.wrong, {_STATE} FROM binding_scene b
    WHERE b.id = :id AND b.account_id = :account FOR UPDATE
""")  # noqa: S608  (only constants)
_CONFIRM = text("UPDATE binding_scene SET confirmed_at = now() WHERE id = :id")
_BIND = text("UPDATE binding_scene SET bound_at = now() WHERE id = :id")
_REFUSE = text("UPDATE binding_scene SET refused_at = now() WHERE id = :id")
_COUNT = text("""
    UPDATE binding_scene SET wrong = wrong + 1, refused_at = CASE WHEN wrong + 1 >= :tries THEN now() END
    WHERE id = :id RETURNING wrong
""")


def look(connection: Connection, app_id: str, binding_id: uuid.UUID, openid: str | None) -> Row[Any]:
    """The code as the WeChat user who scanned it may see it; raises :class:`Gone` to anybody else, and afterwards."""
    return _answerable(connection, _LOOK, app_id, binding_id, openid)


def obstacle(row: Row[Any]) -> NotNow | None:
    """Why a code cannot be confirmed by whom it was scanned by, if it cannot."""
    if row.theirs is not None and row.theirs != row.account_id:
        return WechatTaken()
    return AccountTaken() if row.elsewhere else None


def confirm(connection: Connection, app_id: str, binding_id: uuid.UUID, openid: str | None) -> None:
    """「确认绑定」 on the phone, which may see the number from then on; again without harm. Binds nothing yet.

    Raises Gone, WechatTaken, AccountTaken.
    """
    row = _answerable(connection, _LOOK_AND_HOLD, app_id, binding_id, openid)
    if row.state != "scanned":
        return
    if (reason := obstacle(row)) is not None:
        raise reason
    connection.execute(_CONFIRM, {"id": binding_id})


def refuse(connection: Connection, app_id: str, binding_id: uuid.UUID, openid: str | None) -> None:
    """「不是我」 on the phone: the code is over. Raises :class:`Gone`."""
    row = _answerable(connection, _LOOK_AND_HOLD, app_id, binding_id, openid)
    if row.state == "bound":
        raise Gone
    connection.execute(_REFUSE, {"id": binding_id})


def agree(connection: Connection, app_id: str, account_id: uuid.UUID, binding_id: uuid.UUID, number: str) -> None:
    """「是我，绑定」 on the signed-in page, with the number the phone shows: now it is bound; again without harm.

    The rules are those of the log-in: one WeChat for one graduate, and only the school takes a binding back. Raises
    NotFound, NotAgreed, WrongNumber, WechatTaken, AccountTaken.
    """
    row = _own(connection, account_id, binding_id)
    if row.state == "bound":
        return
    if row.state != "confirmed":
        raise NotAgreed
    if number != str(row.number):
        _count_wrong(connection, binding_id)
    try:
        wechat.bind(connection, app_id, row.openid, account_id)
    except wechat.Taken:
        raise WechatTaken from None
    except wechat.AccountTaken:
        raise AccountTaken from None
    connection.execute(_BIND, {"id": binding_id})


def disown(connection: Connection, account_id: uuid.UUID, binding_id: uuid.UUID) -> None:
    """「不是我」 on the signed-in page: who scanned the code gets nothing. Raises NotFound; NotAgreed once bound."""
    row = _own(connection, account_id, binding_id)
    if row.state == "bound":
        raise NotAgreed
    if row.state != "refused":
        connection.execute(_REFUSE, {"id": binding_id})


def _count_wrong(connection: Connection, binding_id: uuid.UUID) -> NoReturn:
    left = TRIES - int(connection.execute(_COUNT, {"id": binding_id, "tries": TRIES}).scalar_one())
    if left:
        raise WrongNumber(
            f"数字不对，还可以试 {left} 次。手机上没有数字，就是别人扫了码：点「不是我」。", tries_left=left
        )
    raise WrongNumber(f"数字错了 {TRIES} 次，这个二维码已作废，没有绑定。", tries_left=0)


def _own(connection: Connection, account_id: uuid.UUID, binding_id: uuid.UUID) -> Row[Any]:
    row = connection.execute(_OWN_AND_HOLD, {"id": binding_id, "account": account_id}).one_or_none()
    if row is None:
        raise NotFound
    return row


def _answerable(
    connection: Connection, statement: Any, app_id: str, binding_id: uuid.UUID, openid: str | None
) -> Row[Any]:
    row = None
    if openid is not None:
        parameters = {"app": app_id, "id": binding_id, "openid": openid}
        row = connection.execute(statement, parameters).one_or_none()
    if row is None or row.state not in ("scanned", "confirmed", "bound"):
        raise Gone
    return row


def digest(scene: str) -> bytes:
    """What is kept of a scene: SHA-256."""
    return hashlib.sha256(scene.encode()).digest()
