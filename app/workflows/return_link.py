"""协助回传: a one-time link with which an employer without account sends the stamped agreement back.

Whoever holds it acts for this one agreement (docs/rules.md, 线下签约). The first set of pictures that is handed in
wins, be it the employer's or the graduate's. Where the platform sends it, it leaves through rows of ``fallback`` that
are written with it, and what became of them is the graduate's to see.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, text

from app.access import Actor, Role
from app.identity import return_tokens
from app.models import ClaimState
from app.models.columns import in_states
from app.models.filing import AT_DESKS
from app.problems import Invalid, NotFound, NotNow
from app.sealing import Sealer
from app.workflows import filing, filing_rows, link_sending
from app.workflows.claim_machine import CLAIM
from app.workflows.guards import base_confirmed
from app.workflows.kinds import KINDS
from app.workflows.kinds.stamped_agreement import ITEM, STAMPED_AGREEMENT
from app.workflows.machine import Situation

MOST = 4
"""Given out once, and again three times."""
NEUTRAL = "这个链接不能用了：可能已经提交过、已过期，或者被撤销。需要的话，请让毕业生重新发一个。"

_CLAIM = text("""
    SELECT c.*, g.base_state, clock_timestamp() AS now FROM claim c JOIN graduate g ON g.id = c.graduate_id
    WHERE c.id = :claim AND c.graduate_id = :graduate
""")
_ISSUE = text(f"""
    INSERT INTO return_link AS l (id, school_id, claim_id, graduate_id, expires_at)
    SELECT gen_random_uuid(), school_id, id, graduate_id, clock_timestamp() + :lifetime FROM claim WHERE id = :claim
    ON CONFLICT (claim_id) DO UPDATE SET {link_sending.RENEWED}, sent_count = l.sent_count + 1
        WHERE l.sent_count < :most
    RETURNING id, round, sent_count, expires_at
""")  # noqa: S608  (only constants)
_REVOKE = text("""
    UPDATE return_link SET revoked_at = coalesce(revoked_at, now())
    WHERE claim_id = :claim AND graduate_id = :graduate
""")
_GOOD = f"""
    FROM return_link l JOIN claim c ON c.id = l.claim_id JOIN graduate g ON g.id = l.graduate_id
        JOIN school s ON s.id = l.school_id
    WHERE l.token_hash = :hash AND l.revoked_at IS NULL AND l.used_at IS NULL AND l.expires_at > clock_timestamp()
        AND c.{in_states(ClaimState.AGREEMENT_GENERATED)} AND g.base_state <> 'deleted'
"""
_HELD = text(f"""
    SELECT l.id, l.claim_id, l.graduate_id, l.expires_at, c.agreement_number, c.title AS employer, g.name AS graduate,
        s.name AS school, s.contact,
        (SELECT json_build_object('reason', r.reason, 'marks', r.marks)
            FROM review r JOIN filing f ON f.id = r.filing_id
            WHERE f.claim_id = c.id AND f.kind = :kind AND f.state = 'returned' AND r.verdict = 'return'
            ORDER BY r.id DESC LIMIT 1) AS returned,
        EXISTS (SELECT FROM filing f WHERE f.claim_id = c.id AND f.kind = :kind AND f.{in_states(*AT_DESKS)}) AS taken
    {_GOOD}
""")  # noqa: S608
_LOCK = text(f"SELECT l.id {_GOOD} FOR UPDATE OF l")
_OPENED = text("UPDATE return_link SET opened_at = now() WHERE id = :id AND opened_at IS NULL")
_USED = text("UPDATE return_link SET used_at = now() WHERE id = :id")
_STARTED = text("""
    SELECT id FROM filing WHERE claim_id = :claim AND kind = :kind AND state IN ('draft', 'returned')
    ORDER BY state = 'returned' DESC LIMIT 1
""")
_SENT = text("SELECT id FROM upload WHERE link_id = :link AND submitted_at IS NULL AND kept_at IS NOT NULL")


@dataclass(frozen=True)
class Issued:
    """A link just given out. The token is shown this once."""

    token: str
    expires_at: datetime
    left: int
    """how often it may be given out again"""


def issue(connection: Connection, actor: Actor, claim_id: uuid.UUID, sealer: Sealer, *, send: bool = False) -> Issued:
    """A link for the graduate's own agreement, instead of the one before; with ``send`` it also goes to the employer's
    contact, by SMS and e-mail, as far as the agreement names them.

    Raises :class:`NotFound`, :class:`NotNow` where no agreement waits for its stamp, three more were given out, two
    were sent within a day or there is nowhere to send it; :class:`~app.problems.BaseDataUnconfirmed`.
    """
    claim = connection.execute(_CLAIM, {"claim": claim_id, "graduate": actor.graduate_id}).one_or_none()
    if claim is None:
        raise NotFound
    if claim.state != ClaimState.AGREEMENT_GENERATED:
        raise CLAIM.not_now(claim.state)
    problem = base_confirmed.refusal(Situation(claim, actor, claim.now, {"base_state": claim.base_state}))
    if problem is not None:
        raise problem
    asked = {"claim": claim_id, "lifetime": link_sending.LIFETIME, "most": MOST}
    row = connection.execute(_ISSUE, asked).one_or_none()
    if row is None:
        raise NotNow("链接最多重发三次，已经用完。请把盖章的协议书要来，自己拍照上传。")
    if send:
        link_sending.asked_for(connection, actor, row.id)
    token = return_tokens.made_ready(connection, sealer, row.id, row.round)
    return Issued(token, row.expires_at, MOST - row.sent_count)


def revoke(connection: Connection, actor: Actor, claim_id: uuid.UUID) -> None:
    """撤销: the link is worth nothing from now on. Raises :class:`NotFound` where none was given out."""
    if connection.execute(_REVOKE, {"claim": claim_id, "graduate": actor.graduate_id}).rowcount == 0:
        raise NotFound


def held(connection: Connection, token: str) -> Row[Any]:
    """What a link leads to; the same :class:`NotFound` for an unknown, expired, revoked or used one."""
    row = connection.execute(_HELD, {"hash": return_tokens.hashed(token), "kind": STAMPED_AGREEMENT.name}).one_or_none()
    if row is None:
        raise NotFound(NEUTRAL)
    return row


def opened(connection: Connection, token: str) -> Row[Any]:
    """The same for who opens the page, noted so that the graduate knows it arrived."""
    row = held(connection, token)
    connection.execute(_OPENED, {"id": row.id})
    return row


def submit(connection: Connection, token: str, uploads: Sequence[uuid.UUID], request_id: str, sealer: Sealer) -> None:
    """Hand the pictures in, for review; the link is used up.

    Raises :class:`NotFound`, :class:`NotNow` where the graduate was faster, :class:`Invalid` for pictures that did not
    come through this link, and what handing in raises.
    """
    if connection.execute(_LOCK, {"hash": return_tokens.hashed(token)}).one_or_none() is None:
        raise NotFound(NEUTRAL)
    row = held(connection, token)
    if row.taken:
        raise NotNow("毕业生已经提交了盖章的协议书，学校正在审核，不用再传。")
    sent = set(connection.execute(_SENT, {"link": row.id}).scalars())
    if not uploads or not sent.issuperset(uploads):
        raise Invalid.field("/uploads", "请上传盖章的协议书。" if not uploads else "有照片已失效，请重新上传。")
    actor = Actor(Role.LINK, name=row.employer, graduate_id=row.graduate_id, request_id=request_id)
    made = connection.scalar(_STARTED, {"claim": row.claim_id, "kind": STAMPED_AGREEMENT.name})
    if made is None:
        kind = KINDS[STAMPED_AGREEMENT.name]
        made = filing.draft(connection, actor, row.graduate_id, kind, claim_id=row.claim_id)
    paper = filing_rows.load(connection, actor, made)
    files = {ITEM: [str(upload) for upload in uploads]}
    filing.save(connection, actor, made, seen=paper.version, variant=paper.variant, form=paper.form, files=files)
    filing.submit(connection, actor, made, seen=paper.version + 1, sealer=sealer)
    connection.execute(_USED, {"id": row.id})
