"""Closing a connection without an answer, from inside a WSGI application."""

from __future__ import annotations

import logging
import time

from sandbox.faults import Rule

# What a tired gateway in front of a JSON service says with status 200.
GARBAGE = b'<html><head><title>502 Bad Gateway</title></head><body>{"errcode":0,\xff'


class ConnectionCut(Exception):
    """The caller gets no answer: the server closes the connection when a body ends in an error."""


class NoAnswer:
    """A body that breaks before its first byte; with a length announced, not even the head is sent."""

    def __iter__(self) -> NoAnswer:
        return self

    def __next__(self) -> bytes:
        raise ConnectionCut


ANNOUNCED = [("Content-Length", "1")]


def hold_back(rule: Rule) -> None:
    """Wait as the rule says. Raises ConnectionCut when no answer shall follow."""
    time.sleep(rule.delay + rule.hang)
    if rule.reset or rule.hang:
        raise ConnectionCut


def _is_no_cut(record: logging.LogRecord) -> bool:
    return "ConnectionCut" not in record.getMessage()


def keep_quiet_about_cuts() -> None:
    """The server must not print a traceback for what was ordered."""
    logging.getLogger("_granian").addFilter(_is_no_cut)
    for name in ("_granian.callbacks", "_granian.wsgi.callbacks"):
        logging.getLogger(name).addFilter(_is_no_cut)
