"""Messages (消息): one row is the inbox entry and its push; and the raw callbacks of WeChat."""

from __future__ import annotations

import uuid
from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base
from app.models.columns import CreatedAt, Id, Json, Moment, Words, in_states, one_of


class MessageState(StrEnum):
    """How far the push of a message came. The inbox entry is there whatever the push does."""

    INBOX = "inbox"
    """只在消息中心"""
    QUEUED = "queued"
    """待发送"""
    SENDING = "sending"
    """发送中"""
    SENT = "sent"
    """微信已接收"""
    DELIVERED = "delivered"
    """已送达"""
    BLOCKED = "blocked"
    """用户关闭了消息"""
    REFUSED = "refused"
    """用户拒收此类消息"""
    NOT_FOLLOWING = "not_following"
    """未关注公众号"""
    IN_REVIEW = "in_review"
    """微信审核中"""
    RATE_LIMITED = "rate_limited"
    """微信限流"""
    EXPIRED = "expired"
    """过期未发"""
    CANCELLED = "cancelled"
    """已不需要"""
    MERGED = "merged"
    """已并入另一条"""
    SWITCHED_OFF = "switched_off"
    """本人关闭了这类推送"""
    UNSURE = "unsure"
    """结果不明"""
    FAILED = "failed"
    """发送失败"""


OPEN = (MessageState.QUEUED, MessageState.SENDING, MessageState.RATE_LIMITED)
"""States in which a push is still to be made, at ``next_try_at`` at the earliest."""
UNSETTLED = (MessageState.UNSURE, MessageState.IN_REVIEW)
"""States of which only WeChat knows, or will decide, whether the push arrives."""
UNDECIDED = (*OPEN, MessageState.SENT, *UNSETTLED)
"""States in which a receipt may still say what became of the push."""
NOT_ARRIVED = (
    MessageState.BLOCKED,
    MessageState.REFUSED,
    MessageState.NOT_FOLLOWING,
    MessageState.FAILED,
    MessageState.UNSURE,
)
"""States in which WeChat did not bring it, as far as we know: the next channel is tried."""


_UNREAD_PUSH = "template IS NOT NULL AND read_at IS NULL"


class Topic(StrEnum):
    """What a message is about, as the message centre filters."""

    INVITATION = "invitation"
    """签约邀请"""
    RESULT = "result"
    """审核结果"""
    DESK = "desk"
    """待审核"""


class Channel(StrEnum):
    """Where a message goes when WeChat does not bring it."""

    SMS = "sms"
    """短信"""
    EMAIL = "email"
    """邮件"""


class Message(Base):
    """消息: what one person is told about one event, or at one hour; inbox entry and push in one row."""

    __tablename__ = "message"
    __table_args__ = (
        one_of("state", MessageState),
        one_of("topic", Topic, "topic_known"),
        UniqueConstraint("event_id", "recipient", "kind"),
        Index("message_of_slot", "slot", "recipient", "kind", unique=True, postgresql_where=text("slot IS NOT NULL")),
        CheckConstraint("(event_id IS NULL) <> (slot IS NULL)", name="has_a_cause"),
        Index("message_due", "urgent", "next_try_at", postgresql_where=text(in_states(*OPEN))),
        # Held against each claim: a person never has two messages under way at once.
        Index("message_under_way", "recipient", postgresql_where=text(in_states(MessageState.SENDING))),
        Index("message_waiting", "next_try_at", postgresql_where=text(in_states(MessageState.NOT_FOLLOWING))),
        Index("message_inbox", "recipient", "due_at", "id"),
        Index("message_unread", "recipient", postgresql_where=text("read_at IS NULL AND state <> 'cancelled'")),
        Index("message_of_subject", "subject"),
        Index("message_followers", "merged_into", postgresql_where=text("merged_into IS NOT NULL")),
        Index("message_spared", "recipient", postgresql_where=text(in_states(MessageState.RATE_LIMITED))),
        # Whose receipt it may be that names no message.
        Index("message_by_person", "openid", "first_tried_at", postgresql_where=text(in_states(*UNDECIDED))),
        Index(
            "message_mergeable", "recipient", "merge", postgresql_where=text("merge IS NOT NULL AND state = 'queued'")
        ),
        # What WeChat did not bring and another channel has not been asked to bring yet.
        Index(
            "message_to_fall_back",
            "next_try_at",
            postgresql_where=text(f"fallback IS NOT NULL AND {in_states(*NOT_ARRIVED)}"),
        ),
        Index("message_by_wechat", "wechat_msgid", postgresql_where=text("wechat_msgid IS NOT NULL")),
        # What an operator counts: their share says whether something is wrong with WeChat or with us. A push leaves it
        # again with its receipt.
        Index(
            "message_unsettled",
            "state",
            "first_tried_at",
            postgresql_where=text(in_states(*UNSETTLED, MessageState.SENT)),
        ),
        # What offices page through: all pushes, those with a problem, and results that reached nobody.
        Index(
            "message_pushed",
            "due_at",
            "id",
            postgresql_where=text("template IS NOT NULL AND state NOT IN ('inbox', 'cancelled')"),
        ),
        Index(
            "message_problem", "due_at", "id", postgresql_where=text(f"{_UNREAD_PUSH} AND {in_states(*NOT_ARRIVED)}")
        ),
        Index(
            "message_result_missed",
            "expires_at",
            postgresql_where=text(
                f"topic = 'result' AND {_UNREAD_PUSH} AND {in_states(*NOT_ARRIVED, MessageState.MERGED)}"
            ),
        ),
    )

    id: Mapped[Id]
    event_id: Mapped[int | None] = mapped_column(ForeignKey("event.id"))
    slot: Mapped[Words | None]
    """the hour it sums up, for what no single event causes: a digest"""
    subject: Mapped[uuid.UUID]
    """the invitation, filing or claim it is about; a digest's is the account that receives it"""
    recipient: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"))
    kind: Mapped[Words]
    """entry of app.notify.catalogue"""
    topic: Mapped[Words]
    title: Mapped[Words]
    body: Mapped[Words]
    href: Mapped[Words | None]
    """the exact page it leads to"""
    mark: Mapped[Words]
    """whose turn: mine, others, done, lost"""
    note: Mapped[Words | None]
    fields: Mapped[Json]
    """template fields, already fitted to WeChat's limits"""
    template: Mapped[Words | None]
    """our name of the template; NULL has no push"""
    urgent: Mapped[bool] = mapped_column(server_default=text("false"))
    """sent before those that can wait"""
    reminder: Mapped[bool] = mapped_column(server_default=text("false"))
    """only a reminder: dropped as soon as there is nothing left to be reminded of"""
    wanted_while: Mapped[Words | None]
    """the state its subject must still be in when it is pushed; NULL is any"""
    merge: Mapped[Words | None]
    """messages of one person that wait under the same word become one push"""
    merged_into: Mapped[uuid.UUID | None]
    """the message whose push tells of this one too"""
    merged: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """how many others its push tells of"""
    choice: Mapped[Words | None]
    """the group under which its receiver may switch the push off; NULL is mandatory"""
    fallback: Mapped[Words | None]
    """sms or email, while that channel may still have to bring it; NULL once it was asked to"""
    state: Mapped[Words]
    due_at: Mapped[CreatedAt]
    """not shown or sent before"""
    expires_at: Mapped[Moment | None]
    """not sent after"""
    next_try_at: Mapped[CreatedAt]
    """not sent before; while it is being sent, the end of the lease"""
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    lease: Mapped[uuid.UUID | None]
    """who is sending it now"""
    client_msg_id: Mapped[uuid.UUID]
    """by which WeChat drops repeats: the row's own id, another only for a second sending after WeChat's failure"""
    first_tried_at: Mapped[Moment | None]
    """the first call of which it is not known that WeChat refused it"""
    errcode: Mapped[int | None]
    errmsg: Mapped[Words | None]
    """WeChat's own words"""
    rid: Mapped[Words | None]
    """WeChat's name for the call that failed; its support asks for it"""
    wechat_msgid: Mapped[int | None] = mapped_column(BigInteger)
    openid: Mapped[Words | None]
    """whom it was sent to"""
    sent_at: Mapped[Moment | None]
    delivered_at: Mapped[Moment | None]
    read_at: Mapped[Moment | None]
    created_at: Mapped[CreatedAt]


class WechatCallback(Base):
    """微信回调: stored once, worked on later, forgotten when handled for a week."""

    __tablename__ = "wechat_callback"
    __table_args__ = (
        Index("wechat_callback_open", "due_at", postgresql_where=text("handled_at IS NULL")),
        Index("wechat_callback_old", "handled_at", postgresql_where=text("handled_at IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    key: Mapped[Words] = mapped_column(unique=True)
    """what makes a repeat recognisable"""
    content: Mapped[Json]
    """as it came, but for a binding code's scene: its SHA-256"""
    received_at: Mapped[CreatedAt]
    due_at: Mapped[CreatedAt]
    """not worked on before"""
    handled_at: Mapped[Moment | None]
    fault: Mapped[Words | None]
