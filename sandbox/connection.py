"""Closing a connection without an answer, from inside a WSGI application."""

from __future__ import annotations

import time
from typing import Any

from sandbox.faults import Rule

# What a tired gateway in front of a JSON service says with status 200.
GARBAGE = b'<html><head><title>502 Bad Gateway</title></head><body>{"errcode":0,\xff'


class ConnectionCut(Exception):
    """The caller gets no answer."""


class NoAnswer:
    """A body whose first part is none: the server gives up and closes the connection.

    With a length announced the head is usually not sent either; whoever reads it gets no body in any case.
    """

    def __iter__(self) -> NoAnswer:
        return self

    def __next__(self) -> Any:
        return object()


ANNOUNCED = [("Content-Length", "1")]


def hold_back(rule: Rule) -> None:
    """Wait as the rule says. Raises ConnectionCut when no answer shall follow."""
    time.sleep(rule.delay + rule.hang)
    if rule.reset or rule.hang:
        raise ConnectionCut
