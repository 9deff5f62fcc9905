"""WeChat's answers and what a sender does about each: exactly one behaviour a code (全局返回码)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Behaviour(StrEnum):
    """What follows from an answer, or from none."""

    ACCEPTED = "accepted"
    """wait for the receipt"""
    UNANSWERED = "unanswered"
    """the same id again while WeChat remembers it, then unsure"""
    BUSY = "busy"
    """again after 1, 2, 4, 8 … seconds; the whole sender slows down"""
    MINUTE_QUOTA = "minute_quota"
    """again after a minute, at half the rate"""
    DAY_QUOTA = "day_quota"
    """the account pauses until 00:00 in Beijing"""
    STOP_ACCOUNT = "stop_account"
    """the account pauses and the operator is called; the queue is kept"""
    STOP_TEMPLATE = "stop_template"
    """the template pauses and the operator is called"""
    UNREACHABLE = "unreachable"
    """not following, or no longer our follower: waits for the subscription"""
    BLOCKED = "blocked"
    """the person shut us out: given up"""
    REFUSED = "refused"
    """the person refuses this template: given up"""
    SPARE_PERSON = "spare_person"
    """nothing to this person for an hour"""
    DUPLICATE = "duplicate"
    """equal contents within a minute: ours already arrived, or wait it out"""
    IN_REVIEW = "in_review"
    """held back by the platform, which sends it by itself or not at all: never again by us"""
    GIVE_UP = "give_up"
    """our own mistake or a text that may not be sent: given up, the operator is called"""


@dataclass(frozen=True)
class Answer:
    """One row of the table: the code's meaning in WeChat's words and what we do."""

    meaning: str
    behaviour: Behaviour


B = Behaviour
TABLE: Mapping[int, Answer] = {
    0: Answer("accepted, not yet delivered", B.ACCEPTED),
    -1: Answer("system busy", B.BUSY),
    45011: Answer("minute quota reached", B.MINUTE_QUOTA),
    45009: Answer("daily quota reached", B.DAY_QUOTA),
    # A token that is refused twice, after a refresh in between, is a wrong account, not an old token.
    40001: Answer("invalid credential", B.STOP_ACCOUNT),
    40014: Answer("invalid access_token", B.STOP_ACCOUNT),
    42001: Answer("access_token expired", B.STOP_ACCOUNT),
    41001: Answer("access_token missing", B.STOP_ACCOUNT),
    40002: Answer("invalid grant_type", B.STOP_ACCOUNT),
    40013: Answer("invalid appid", B.STOP_ACCOUNT),
    40125: Answer("invalid appsecret", B.STOP_ACCOUNT),
    40164: Answer("our address is not on the white list", B.STOP_ACCOUNT),
    40243: Answer("appsecret frozen", B.STOP_ACCOUNT),
    43107: Answer("template ability banned", B.STOP_ACCOUNT),
    48001: Answer("api not authorised", B.STOP_ACCOUNT),
    48004: Answer("api forbidden for violations", B.STOP_ACCOUNT),
    45103: Answer("template messages closed", B.STOP_ACCOUNT),
    45109: Answer("template messages closed", B.STOP_ACCOUNT),
    40037: Answer("unknown template, gone with its category", B.STOP_TEMPLATE),
    40003: Answer("openid of no follower of ours", B.UNREACHABLE),
    43004: Answer("not following", B.UNREACHABLE),
    43019: Answer("on the account's black list", B.BLOCKED),
    50002: Answer("user limited by the platform", B.BLOCKED),
    43101: Answer("this user refused this template", B.REFUSED),
    43117: Answer("too much to this user", B.SPARE_PERSON),
    40241: Answer("duplicate within 60 seconds", B.DUPLICATE),
    40252: Answer("under the platform's review", B.IN_REVIEW),
    45168: Answer("sensitive words", B.GIVE_UP),
    40008: Answer("invalid message type", B.GIVE_UP),
    41028: Answer("invalid form id", B.GIVE_UP),
    41030: Answer("invalid page", B.GIVE_UP),
    44002: Answer("empty post data", B.GIVE_UP),
    47001: Answer("bad JSON", B.GIVE_UP),
    47003: Answer("a field does not fit its template", B.GIVE_UP),
}


def behaviour(errcode: int | None) -> Behaviour:
    """What to do; None is no answer. An unknown code is given up and reported, never repeated blindly."""
    if errcode is None:
        return Behaviour.UNANSWERED
    known = TABLE.get(errcode)
    return known.behaviour if known else Behaviour.GIVE_UP
