"""Ports of this machine."""

from __future__ import annotations

import socket

HOST = "127.0.0.1"


def choose(wanted: int, purpose: str) -> int:
    """``wanted`` when it is free, otherwise another one and a sentence about it."""
    if is_free(wanted):
        return wanted
    port = free()
    print(f"端口 {wanted} 已被占用，{purpose}改用 {port} · port {wanted} is taken, {purpose} uses {port}", flush=True)
    return port


def is_free(port: int) -> bool:
    """Whether nobody listens at ``port`` on the loopback address."""
    with socket.socket() as probe:
        # Like a server: what a finished connection still holds back for a minute does not count as taken.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def free() -> int:
    """A port nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])
