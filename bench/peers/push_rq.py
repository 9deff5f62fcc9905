"""The peer of pushing: one RQ job a message, a forking worker, wechatpy's client.

Written as the documentation of each advises. RQ: imports are made before ``work()`` so that the forked horses need not
repeat them, ids instead of objects as arguments, many jobs by ``enqueue_many``, ``Retry`` with intervals. SQLAlchemy:
no pooled connection crosses a fork (NullPool). wechatpy: the token is shared through ``RedisStorage``, calls it has no
method for (``client_msg_id``) go through ``client.post``.

``python -m bench.peers.push_rq`` is a worker. :func:`enqueue` is the web application's part.
"""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from redis import Redis
from rq import Queue, Retry, Worker
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session, configure_mappers, sessionmaker
from sqlalchemy.pool import NullPool
from wechatpy import WeChatClient
from wechatpy.session.redisstorage import RedisStorage

from app.models import Account, Event, Invitation, Message, WechatFollower
from app.settings import Settings

QUEUE = "peer-push"
settings = Settings.from_environment()
redis = Redis.from_url(settings.redis_url)
engine = create_engine(settings.database_url, poolclass=NullPool)
make_session = sessionmaker(engine)


class Client(WeChatClient):  # type: ignore[misc]
    """wechatpy's client, pointed at another host as its class attribute allows."""

    API_BASE_URL = f"{settings.wechat.api_url}/cgi-bin/"

    def fetch_access_token(self) -> object:
        return self._fetch_access_token(
            url=f"{settings.wechat.api_url}/cgi-bin/token",
            params={"grant_type": "client_credential", "appid": self.appid, "secret": self.secret},
        )


client = Client(settings.wechat.app_id, settings.wechat.app_secret, session=RedisStorage(redis, "peer"), timeout=5)


def enqueue(limit: int) -> int:
    """Write a message for each of the first ``limit`` open events and enqueue a job for each; returns how many."""
    queue = Queue(QUEUE, connection=redis, serializer="json")
    with make_session() as session:
        found = session.execute(
            select(Event, Invitation, Account.id)
            .join(Invitation, Invitation.id == Event.subject)
            .join(Account, Account.graduate_id == Event.graduate_id)
            .where(Event.fanned_out_at.is_(None), Event.name == "invitation.sent")
            .order_by(Event.id)
            .limit(limit)
        )
        messages = []
        for event, invitation, account in found:
            messages.append(_message(event, invitation, account))
            event.fanned_out_at = datetime.now(UTC)
        session.add_all(messages)
        session.commit()
        jobs = [
            Queue.prepare_data(
                "bench.peers.push_rq.send", args=(str(message.id),), retry=Retry(max=3, interval=[10, 60, 300])
            )
            for message in messages
        ]
    queue.enqueue_many(jobs)
    return len(jobs)


def _message(event: Event, invitation: Invitation, account: uuid.UUID) -> Message:
    employer, position = invitation.terms["employer_name"], invitation.terms["position"]
    at = invitation.respond_by.astimezone(ZoneInfo("Asia/Shanghai"))
    deadline = f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
    number = uuid.uuid4()
    return Message(
        id=number,
        client_msg_id=number,
        event_id=event.id,
        subject=invitation.id,
        recipient=account,
        kind="invitation.received",
        topic="invitation",
        title=f"{employer}发来签约邀请",
        body=f"{position}。请在 {deadline} 前看完条款并答复；到时没有答复，邀请会失效。",
        href=f"/s/invitations/{invitation.id}",
        mark="mine",
        template="invitation_received",
        fields={"thing1": employer[:20], "thing2": position[:20], "time3": deadline, "phrase4": "待应约"},
        state="queued",
        expires_at=invitation.respond_by,
    )


def send(message_id: str) -> None:
    """The job."""
    with make_session() as session:
        message = session.get_one(Message, uuid.UUID(message_id))
        if message.state != "queued":
            return
        message.openid = _openid(session, message.recipient)
        answer = client.post(
            "message/template/send",
            data={
                "touser": message.openid,
                "template_id": settings.wechat.templates[str(message.template)],
                "url": f"{settings.public_url}/auth/wechat/start?next={quote(str(message.href), safe='/')}",
                "client_msg_id": message.client_msg_id.hex,
                "data": {key: {"value": value} for key, value in message.fields.items()},
            },
        )
        message.state, message.errcode, message.errmsg = "sent", answer["errcode"], answer["errmsg"]
        message.wechat_msgid, message.sent_at = answer["msgid"], datetime.now(UTC)
        message.attempts += 1
        session.commit()


def _openid(session: Session, account: uuid.UUID) -> str | None:
    return session.scalar(
        select(WechatFollower.openid).where(
            WechatFollower.app_id == settings.wechat.app_id,
            WechatFollower.account_id == account,
            WechatFollower.following,
        )
    )


def warm() -> None:
    """What every horse would otherwise do again: map the classes, learn the server's version, fetch the token."""
    configure_mappers()
    with engine.connect():
        pass
    assert client.access_token


if __name__ == "__main__":
    from bench.peers import push_rq  # under the name that its jobs have

    push_rq.warm()
    Worker([QUEUE], connection=push_rq.redis, serializer="json").work(logging_level="WARNING")
