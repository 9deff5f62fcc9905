"""协助回传链接 by SMS and e-mail: the contact named in an agreement has no account, so it is no message of the centre.

What is said is ours alone: nothing that a graduate typed stands in it but the address it goes to. The token is made for
each try (:mod:`app.identity.return_tokens`), the address is read from the agreement's form; neither is kept here.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from app import clock
from app.documents import numbers
from app.identity import return_tokens
from app.models import ClaimState
from app.models.columns import in_states
from app.models.filing import AT_DESKS
from app.notify.channels.reply import Notice
from app.notify.means import Means
from app.schemas.terms import CONTACTS
from app.sealing import mask_name

_STAMPED = "FROM filing f2 WHERE f2.claim_id = c.id AND f2.kind = 'stamped_agreement'"
SOURCE = """return_link l JOIN claim c ON c.id = l.claim_id JOIN graduate lg ON lg.id = l.graduate_id
        JOIN school s ON s.id = l.school_id"""
TOLD = f"""CASE WHEN l.id IS NOT NULL THEN json_build_object('id', l.id, 'round', l.round, 'expires_at', l.expires_at,
        'number', c.agreement_number, 'graduate', lg.name, 'school', s.name, 'office', s.contact,
        'sms', c.form->>'{CONTACTS["sms"]}', 'email', c.form->>'{CONTACTS["email"]}',
        'again', EXISTS (SELECT {_STAMPED} AND f2.state = 'returned')) END"""
"""Column over :data:`SOURCE`: all that is said of a link, and to whom."""
WANTED = f"""l.round = f.round AND l.revoked_at IS NULL AND l.used_at IS NULL AND l.expires_at > now()
            AND c.{in_states(ClaimState.AGREEMENT_GENERATED)} AND lg.base_state <> 'deleted'
            AND NOT EXISTS (SELECT {_STAMPED} AND f2.{in_states(*AT_DESKS)})"""
"""Whether a row ``f`` is still to be sent: the round is the last, the link is good and nobody was faster."""


def address(link: Mapping[str, Any], channel: str) -> str | None:
    """Where to; None where the agreement does not say."""
    found: str | None = link[channel]
    return found


def notice(means: Means, row: uuid.UUID, link: Mapping[str, Any]) -> Notice:
    """What is sent, with a link that is good from now on."""
    with means.db.transaction() as connection:
        token = return_tokens.made_ready(connection, means.sealer, uuid.UUID(link["id"]), link["round"])
    until = clock.in_words(datetime.fromisoformat(link["expires_at"]))
    again = link["again"]
    return Notice(
        id=str(row),
        template="return_link_again" if again else "return_link",
        fields={"school": link["school"], "until": until, "token": token},
        title="盖章的就业协议书要重新传一次" if again else "请协助传回盖章的就业协议书",
        body=_body(link, until, again=again),
        url=f"{means.settings.public_url}{return_tokens.PAGE}{token}",
    )


def _body(link: Mapping[str, Any], until: str, *, again: bool) -> str:
    whose = f"{link['school']}毕业生{mask_name(link['graduate'])}的就业协议书（编号 {numbers.grouped(link['number'])}）"
    asked = (
        f"你单位传回的{whose}被学校退回。原因写在下面的页面上，请按原因改好，再传一次。"
        if again
        else f"{whose}填写你为单位联系人。请下载打印，双方签字、单位盖公章后，拍照从下面的页面传回。"
    )
    contact = link["office"]
    return (
        f"{asked}\n\n不用注册，也不用登录。链接在{until}前有效，请不要转给无关的人。\n\n"
        f"不认识这名毕业生，或者没有这份协议？不用办理，也不要打开链接；请告诉{contact['office']}，"
        f"电话 {contact['phone']}。"
    )
