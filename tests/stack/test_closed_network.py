"""Tests reach this machine and nothing beyond."""

from __future__ import annotations

import socket

import pytest
import requests


def test_an_address_outside_is_refused_before_a_packet_leaves() -> None:
    with socket.socket() as attempt, pytest.raises(RuntimeError, match="the network is closed in tests"):
        attempt.connect(("192.0.2.1", 80))


def test_a_name_outside_is_not_even_looked_up() -> None:
    with pytest.raises(RuntimeError, match=r"api\.weixin\.qq\.com"):
        requests.get("https://api.weixin.qq.com/cgi-bin/token", timeout=1)


def test_this_machine_is_reached() -> None:
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        socket.create_connection(("localhost", server.getsockname()[1])).close()
