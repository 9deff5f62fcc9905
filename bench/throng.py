"""Very many bound followers with open invitations: copies, made inside PostgreSQL, of what the product made once.

One employer sends one graduate an invitation through the workflow and the outbox tells it; those very rows are then
multiplied with ``INSERT … SELECT generate_series``, so that a million take seconds. Ids are hashes of numbers: whoever
needs the invitation of graduate 7 and employer 3 can name it.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Table, text

from app.access import Actor
from app.db import table
from app.identity import wechat
from app.models import Account, Event, Graduate, Invitation, Message, WechatFollower
from app.notify import outbox
from app.services import Services
from tests.factories import World, make_employer, make_graduate, make_world, send

EMPLOYERS = 20
INVITATION = "md5('invitation' || n || '-' || k)::uuid"
"""The id of employer k's invitation to graduate n, in SQL."""
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "涵欣然思远嘉怡诺宇轩梓萱俊杰佳琪晨曦若晴"


@dataclass(frozen=True)
class Throng:
    """So many graduates, bound and following; the employers 0 … ``each`` - 1 have invited each and await an answer."""

    services: Services
    graduates: int
    each: int
    model: _Model

    def say(self, connection: Connection, employer: int, graduates: int, *, told: bool = False) -> None:
        """Write the event 「sent」 of that employer's invitations to the first ``graduates``."""
        _events(connection, self.model, f"generate_series(1, {graduates}) n CROSS JOIN (SELECT {employer} k) k", told)

    def settle(self, *, analyze: bool = False) -> None:
        """What autovacuum would have done in an older database; and the next round does not pay for the last."""
        with self.services.db.reading() as connection:
            connection.execute(text("SET statement_timeout = 0"))
            connection.execute(text("VACUUM ANALYZE" if analyze else "VACUUM"))
            connection.execute(text("RESET statement_timeout"))


@dataclass(frozen=True)
class _Model:
    """After whom all are made."""

    graduate: Actor
    openid: str
    invitation: uuid.UUID


def gather(services: Services, graduates: int, *, each: int, silent: int = 0) -> Throng:
    """A throng. All invitations have been told: the arrival is sent, two reminders wait for their time.

    Nobody has heard yet of the first ``silent`` employers' invitations: they have no event.
    """
    world = make_world(services)
    model = _model(world)
    employers = [make_employer(world) for _ in range(EMPLOYERS)]
    with services.db.transaction() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 0"))
        connection.execute(_SENDERS, {"employers": [one.employer_id for one in employers]})
        connection.execute(_SENT)
        _people(connection, model, graduates)
        everyone = f"generate_series(1, {graduates}) n CROSS JOIN generate_series({{first}}, {each - 1}) k"
        _invitations(connection, model, everyone.format(first=0))
        _events(connection, model, everyone.format(first=silent), told=True)
        _messages(connection, model)
    throng = Throng(services, graduates, each, model)
    throng.settle(analyze=True)
    return throng


def openid(number: int) -> str:
    """The WeChat user whom graduate ``number`` is bound to."""
    return f"o-{number}"


def _model(world: World) -> _Model:
    graduate, openid = make_graduate(world), "bench-model"
    with world.services.db.transaction() as connection:
        assert graduate.id is not None
        wechat.bind(connection, world.services.settings.wechat.app_id, openid, graduate.id)
    invitation = send(world, graduate, days=9)
    if outbox.fan_out(world.services) != 1:
        raise RuntimeError("the model's invitation was not told")
    return _Model(graduate, openid, invitation)


_SENDERS = text("""
    CREATE TABLE bench_sender AS
    SELECT p.number - 1 AS number, e.id AS employer_id, e.name, a.id AS account_id
    FROM unnest(CAST(:employers AS uuid[])) WITH ORDINALITY p (id, number)
    JOIN employer e ON e.id = p.id JOIN account a ON a.employer_id = e.id
""")
_SENT = text("""
    UPDATE message SET state = 'delivered', attempts = 1, errcode = 0, errmsg = 'ok', wechat_msgid = 1,
        first_tried_at = now(), sent_at = now(), delivered_at = now() WHERE NOT reminder
""")
_POSITION = "(ARRAY['后端开发工程师', '育种助理研究员', '信号维护工程师', '药品注册专员', '图书编辑'])[1 + n % 5]"
_NAME = (
    f"substr('{SURNAMES}', 1 + n % {len(SURNAMES)}, 1) || substr('{GIVEN}', 1 + n / 20 % {len(GIVEN)}, 1)"
    f" || substr('{GIVEN}', 1 + n / 400 % {len(GIVEN)}, 1)"
)


def _people(connection: Connection, model: _Model, graduates: int) -> None:
    numbers = f"generate_series(1, {graduates}) n"
    _copy(
        connection,
        table(Graduate),
        numbers,
        {
            "id": "md5('graduate' || n)::uuid",
            "name": _NAME,
            "candidate_no": "'9' || lpad(n::text, 13, '0')",
            "id_number_index": "sha256(int8send(n))",
        },
        "t.id = :model",
        model.graduate.graduate_id,
    )
    _copy(
        connection,
        table(Account),
        numbers,
        {
            "id": "md5('account' || n)::uuid",
            "name": _NAME,
            "graduate_id": "md5('graduate' || n)::uuid",
            "introduced_at": "now()",
        },
        "t.id = :model",
        model.graduate.id,
    )
    _copy(
        connection,
        table(WechatFollower),
        numbers,
        {"openid": "'o-' || n", "account_id": "md5('account' || n)::uuid", "caught_up_at": "now()"},
        "t.openid = :model",
        model.openid,
    )


def _invitations(connection: Connection, model: _Model, numbers: str) -> None:
    # The texts of an agreement lie beside the row and no step of the clock reads them: they are left out of copies.
    _copy(
        connection,
        table(Invitation),
        f"{numbers} JOIN bench_sender s ON s.number = (n + k) % {EMPLOYERS}",
        {
            "id": INVITATION,
            "graduate_id": "md5('graduate' || n)::uuid",
            "employer_id": "s.employer_id",
            "sent_by": "s.account_id",
            "terms": f"t.terms || jsonb_build_object('employer_name', s.name, 'position', {_POSITION})",
            "clauses": "'[]'",
        },
        "t.id = :model",
        model.invitation,
    )


def _events(connection: Connection, model: _Model, numbers: str, told: bool) -> None:
    _copy(
        connection,
        table(Event),
        numbers,
        {
            "id": None,
            "subject": INVITATION,
            "graduate_id": "md5('graduate' || n)::uuid",
            "at": "now()",
            "fanned_out_at": "now()" if told else "NULL",
            "request_id": "'bench-' || k",
        },
        "t.subject = :model",
        model.invitation,
    )


def _messages(connection: Connection, model: _Model) -> None:
    _copy(
        connection,
        table(Message),
        "(SELECT * FROM event WHERE request_id LIKE 'bench-%') e JOIN account a ON a.graduate_id = e.graduate_id",
        {
            "id": "gen_random_uuid()",
            "client_msg_id": "gen_random_uuid()",
            "event_id": "e.id",
            "subject": "e.subject",
            "recipient": "a.id",
        },
        "t.subject = :model",
        model.invitation,
    )


def _copy(
    connection: Connection, copied: Table, source: str, changed: Mapping[str, str | None], which: str, model: object
) -> None:
    """Insert rows like the one that ``which`` finds, one for each row of ``source``, with some columns ``changed``."""
    columns = [column.name for column in copied.columns if changed.get(column.name, "") is not None]
    values = ", ".join(changed.get(name) or f"t.{name}" for name in columns)
    statement = f"INSERT INTO {copied.name} ({', '.join(columns)}) SELECT {values} FROM {source}, {copied.name} t"
    connection.execute(text(f"{statement} WHERE {which}".replace("::", "\\:\\:")), {"model": model})
