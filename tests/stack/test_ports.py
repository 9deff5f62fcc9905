"""A taken port does not stop the start."""

from __future__ import annotations

import socket

import pytest

from stack import ports


def test_a_free_port_is_used_as_wished(capsys: pytest.CaptureFixture[str]) -> None:
    port = ports.free()
    assert ports.choose(port, "API") == port
    assert capsys.readouterr().out == ""


def test_a_taken_port_gives_another_one_and_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as other:
        other.bind((ports.HOST, 0))
        other.listen()
        taken = other.getsockname()[1]
        chosen = ports.choose(taken, "API")
        assert chosen != taken and ports.is_free(chosen)
        said = capsys.readouterr().out
        assert str(taken) in said and str(chosen) in said and "已被占用" in said


def test_a_port_that_has_just_been_left_counts_as_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as every server does
        server.bind((ports.HOST, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((ports.HOST, port)), server.accept()[0] as accepted:
            accepted.shutdown(socket.SHUT_RDWR)  # we close first: the kernel holds the pair back for a minute
    assert ports.is_free(port)
