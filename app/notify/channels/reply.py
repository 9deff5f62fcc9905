"""What a channel answers, in one shape for all, and nothing in it that names a person's address."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

NO_ANSWER = "none"
"""The code where there was no answer."""
LONGEST = 200


class Behaviour(StrEnum):
    """What follows from an answer, or from none."""

    ACCEPTED = "accepted"
    """the channel has it; a report may follow"""
    UNANSWERED = "unanswered"
    """nobody knows whether it was carried out"""
    BUSY = "busy"
    """not carried out: again with growing pauses"""
    SPARE_NUMBER = "spare_number"
    """too much to this number: again in an hour"""
    DAY_QUOTA = "day_quota"
    """the channel pauses until 00:00 in Beijing and the operator is called"""
    STOP_CHANNEL = "stop_channel"
    """the channel pauses and the operator is called; what is due waits"""
    GIVE_UP = "give_up"
    """nothing will arrive at this address: the next channel"""
    MISTAKE = "mistake"
    """our own: the next channel, and the operator is called"""


@dataclass(frozen=True)
class Notice:
    """What is to be said, in the length of every channel."""

    id: str
    """the same for every try of the same row"""
    template: str | None
    fields: Mapping[str, str]
    title: str
    body: str
    url: str | None


@dataclass(frozen=True)
class Reply:
    """What came of one try. ``words`` are the provider's own, without addresses; ``provider_id`` names it there."""

    behaviour: Behaviour
    code: str
    words: str | None = None
    provider_id: str | None = None
    called: bool = True
    """false where there was nothing to ask the channel for"""


_MAIL = re.compile(r"[^\s<>\"'(),:;]+@[^\s<>\"'(),:;]+")
_DIGITS = re.compile(r"\+?\d[\d -]{5,}\d")


def without_addresses(said: str, address: str = "") -> str:
    """Another's words on one line, short, with whatever is or looks like a number or mailbox left out."""
    line = " ".join(said.split())
    if address:
        line = line.replace(address, "…")
    return _DIGITS.sub("…", _MAIL.sub("…", line))[:LONGEST]
