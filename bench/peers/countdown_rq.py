"""The peer of the countdown: one scheduled RQ job a deadline, forking workers with RQ's scheduler.

As RQ's documentation has it: ``enqueue_at`` when the invitation is sent, ``worker.work(with_scheduler=True)``, imports
and whatever a horse would otherwise repeat before that. The job does for one row through ORM objects what ours does.

``python -m bench.peers.countdown_rq`` is a worker. :func:`schedule` is the web application's part.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from redis import Redis
from rq import Queue, Retry, Worker
from sqlalchemy import create_engine, exists, select, update
from sqlalchemy.orm import Session, configure_mappers, sessionmaker
from sqlalchemy.pool import NullPool

from app.models import Account, Claim, Event, Graduate, Invitation, Message, WechatFollower
from app.models.claim import HOLDING
from app.sealing import mask_name
from app.settings import Settings

QUEUE = "peer-countdown"
settings = Settings.from_environment()
redis = Redis.from_url(settings.redis_url)
engine = create_engine(settings.database_url, poolclass=NullPool)
make_session = sessionmaker(engine)


def schedule(invitations: Iterable[uuid.UUID], at: datetime) -> None:
    """A job for each deadline."""
    queue = Queue(QUEUE, connection=redis, serializer="json")
    for invitation in invitations:
        queue.enqueue_at(
            at, "bench.peers.countdown_rq.expire", str(invitation), retry=Retry(max=3, interval=[10, 60, 300])
        )


def expire(invitation_id: str) -> None:
    """The job: the step, its event, whom it is told, and that it is no longer anybody's turn."""
    with make_session() as session:
        invitation = session.get_one(Invitation, uuid.UUID(invitation_id), with_for_update=True)
        now = datetime.now(UTC)
        if invitation.state != "pending" or invitation.respond_by > now:
            return
        invitation.state = "expired"
        invitation.version += 1
        event = _event(invitation, now)
        session.add(event)
        session.flush()
        session.execute(
            update(Message).where(Message.subject == invitation.id, Message.mark == "mine").values(mark="lost")
        )
        graduate = session.get_one(Graduate, invitation.graduate_id)
        session.add_all([_to_graduate(session, event, invitation), *_to_employer(session, event, invitation, graduate)])
        session.commit()


def _event(invitation: Invitation, now: datetime) -> Event:
    return Event(
        name="invitation.expired",
        machine="invitation",
        subject=invitation.id,
        version=invitation.version,
        action="expire",
        source="pending",
        target="expired",
        actor_role="clock",
        school_id=invitation.school_id,
        graduate_id=invitation.graduate_id,
        request_id="",
        at=now,
        fanned_out_at=now,
    )


def _to_graduate(session: Session, event: Event, invitation: Invitation) -> Message:
    account = session.scalars(select(Account).where(Account.graduate_id == invitation.graduate_id)).one()
    held = session.scalar(select(exists().where(Claim.graduate_id == invitation.graduate_id, Claim.state.in_(HOLDING))))
    if held:
        raise NotImplementedError("no graduate of the measurement has another claim")
    employer, position = invitation.terms["employer_name"], invitation.terms["position"]
    return _message(
        event,
        account,
        kind="invitation.expired",
        title=f"{employer}的邀请过期了",
        body=f"{position}。截止前没有答复，邀请已失效。还想去，可以请对方再发。",
        href=f"/s/invitations/{invitation.id}",
        template="invitation_closed",
        fields={
            "thing1": employer[:20],
            "phrase2": "已失效",
            "time3": _in_words(event.at),
            "thing4": "截止前没有答复，可请对方再发",
        },
        state="queued" if _follows(session, account) else "not_following",
    )


def _to_employer(session: Session, event: Event, invitation: Invitation, graduate: Graduate) -> list[Message]:
    deadline = _in_words(invitation.respond_by)
    return [
        _message(
            event,
            account,
            kind="answer.expired",
            title=f"{graduate.name}没有在截止前答复",
            body=f"{invitation.terms['position']}。邀请已在 {deadline} 失效。需要时可以重新发起，或打电话问问对方。",
            href=f"/e/invitations/{invitation.id}",
            template="answer_changed",
            fields={"thing1": mask_name(graduate.name), "phrase2": "已失效", "time3": _in_words(event.at)},
            state="queued" if _follows(session, account) else "inbox",
        )
        for account in session.scalars(select(Account).where(Account.employer_id == invitation.employer_id))
    ]


def _message(event: Event, account: Account, **said: object) -> Message:
    number = uuid.uuid4()
    return Message(
        id=number,
        client_msg_id=number,
        event_id=event.id,
        subject=event.subject,
        recipient=account.id,
        topic="invitation",
        mark="lost",
        expires_at=event.at + timedelta(days=3),
        **said,
    )


def _follows(session: Session, account: Account) -> bool:
    follower = select(WechatFollower.openid).where(
        WechatFollower.app_id == settings.wechat.app_id,
        WechatFollower.account_id == account.id,
        WechatFollower.following,
    )
    return session.scalar(follower) is not None


def _in_words(at: datetime) -> str:
    here = at.astimezone(ZoneInfo("Asia/Shanghai"))
    return f"{here.year}年{here.month}月{here.day}日 {here:%H:%M}"


def warm() -> None:
    """What every horse would otherwise do again: map the classes, learn the server's version."""
    configure_mappers()
    with engine.connect():
        pass


if __name__ == "__main__":
    from bench.peers import countdown_rq  # under the name that its jobs have

    countdown_rq.warm()
    worker = Worker([QUEUE], connection=countdown_rq.redis, serializer="json")
    worker.work(with_scheduler=True, logging_level="WARNING")
