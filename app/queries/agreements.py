"""Agreements as their parties and strangers may see them: signed online, or to be stamped on paper."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import Connection, text

from app import clock
from app.access import Actor, Role
from app.models import ClaimState
from app.problems import NotFound, NotNow
from app.queries.invitations import masked_employer
from app.sealing import mask_name

_SEEN = text("""
    SELECT c.state FROM claim c LEFT JOIN invitation i ON i.id = c.invitation_id JOIN graduate g ON g.id = c.graduate_id
    WHERE c.id = :claim AND CASE :role
        WHEN 'graduate' THEN c.graduate_id = :graduate
        WHEN 'employer' THEN i.employer_id = :employer
        WHEN 'college' THEN c.school_id = :school AND g.college_id = :college
        WHEN 'school' THEN c.school_id = :school ELSE false END
""")
_PUBLIC = text("""
    SELECT c.state, c.effective_at, c.evidence->>'terms_hash' AS terms_hash, s.name AS school,
        coalesce(i.party->>'name', g.name) AS graduate,
        coalesce(i.terms->>'employer_name', c.form->>'employer_name') AS employer
    FROM claim c JOIN school s ON s.id = c.school_id JOIN graduate g ON g.id = c.graduate_id
        LEFT JOIN invitation i ON i.id = c.invitation_id
    WHERE c.agreement_number = :number AND c.evidence->>'terms_hash' IS NOT NULL
""")
IN_FORCE = (ClaimState.EFFECTIVE, ClaimState.TERMINATING)
"""While a termination is under way the agreement still holds (docs/rules.md, 解约)."""
READABLE = (*IN_FORCE, ClaimState.AGREEMENT_GENERATED)
"""States of a claim in which its agreement can be downloaded."""
STATES = {
    "agreement_generated": "已生成，等签字盖章，还没有生效",
    "failed": "没有签成，已作废",
    "effective": "协议有效",
    "terminating": "解约办理中，协议目前有效",
    "terminated": "已解约",
    "suspended": "暂停",
    "voided": "已作废",
}


def require_readable(connection: Connection, actor: Actor, claim: uuid.UUID) -> None:
    """That the actor may read this agreement and it holds, be it that a termination is under way, or waits for its
    stamp; :class:`NotFound` or :class:`NotNow` otherwise."""
    scope = {
        "claim": claim,
        "role": Role(actor.role).value,
        "graduate": actor.graduate_id,
        "employer": actor.employer_id,
        "school": actor.school_id,
        "college": actor.college_id,
    }
    state = connection.scalar(_SEEN, scope)
    if state is None:
        raise NotFound
    if state == "terminated":
        raise NotNow("已经解约，协议书不再提供下载。需要存档的，请联系学校就业部门。", state=state)
    if state not in READABLE:
        raise NotNow("学校审核通过后才能下载协议书。", state=state)


def public(connection: Connection, number: str) -> dict[str, Any] | None:
    """An agreement that was printed, masked; None where there is none of this number."""
    row = connection.execute(_PUBLIC, {"number": number}).one_or_none()
    if row is None:
        return None
    return {
        "state": row.state,
        "state_text": STATES[row.state],
        "in_force": row.state in IN_FORCE,
        "graduate": mask_name(row.graduate),
        "school": row.school,
        "employer": masked_employer(row.employer),
        "effective_on": clock.beijing(row.effective_at).date().isoformat() if row.effective_at else None,
        "terms_hash": row.terms_hash,
    }
