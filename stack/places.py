"""Where engines may keep their data, and as whom they run.

PostgreSQL refuses to run as root, so root lends it an unprivileged account. That account must be able to reach the
data and the programs. No directory that exists is ever opened to it: when one on the way is closed (a checkout below
``/root``, a temporary folder of mode 0700) the data goes to a place of its own that is open.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# A socket's path fits into sun_path: 108 bytes with its end on Linux, 104 on macOS.
LONGEST_SOCKET_PATH = 103
# PostgreSQL's lock file beside its socket has the longest name of all that lies there.
_LONGEST_SOCKET_NAME = ".s.PGSQL.5432.lock"
_KEPT_LOG_BYTES = 10_000_000
OPEN_PLACES = (Path("/var/tmp"), Path("/tmp"), Path("/dev/shm"))  # noqa: S108  # ownership is checked below


class EngineError(Exception):
    """An engine cannot be started, with a sentence for the person at the terminal."""


@dataclass(frozen=True)
class Account:
    """An unprivileged account of this machine."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Home:
    """Where one engine of one data folder lives; ``moved`` when that is not inside the folder itself."""

    path: Path
    sockets: Path
    moved: bool


def unprivileged() -> Account | None:
    """The account that takes root's place, or None when we are not root and stay who we are."""
    if os.geteuid() != 0:
        return None
    accounts = [entry for entry in pwd.getpwall() if entry.pw_uid != 0]
    if not accounts:
        raise EngineError("PostgreSQL refuses to run as root and this machine has no other account to run it as")
    chosen = next((entry for entry in accounts if entry.pw_name == "nobody"), accounts[0])
    return Account(chosen.pw_name, chosen.pw_uid, chosen.pw_gid)


def run_as(account: Account | None, argv: list[str]) -> subprocess.CompletedProcess[str]:
    """Run a short program as ``account`` (None: as ourselves); never raises for its exit code."""
    identity = {"user": account.uid, "group": account.gid, "extra_groups": []} if account else {}
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        argv, cwd="/", capture_output=True, text=True, errors="replace", check=False, **identity
    )


def can_enter(path: Path, account: Account | None) -> bool:
    """Whether ``account`` can pass through the directory ``path`` and everything above it."""
    try:
        return run_as(account, ["test", "-x", str(path)]).returncode == 0
    except PermissionError:
        return False


def home(data: Path, name: str, account: Account | None) -> Home:
    """The home of engine ``name`` for the data folder ``data``; made when absent, modes of others left alone."""
    data = data.resolve()
    make_directory(data)
    moved = account is not None and not can_enter(data, account)
    path = (open_place(data) if moved else data) / name
    if moved:
        _drop_orphan(path, data / f"{name}.elsewhere")
    make_directory(path)
    sockets = path / "socket"
    if len(os.fsencode(sockets / _LONGEST_SOCKET_NAME)) > LONGEST_SOCKET_PATH:
        sockets = open_place(data) / name / "socket"
        make_directory(sockets.parent)
    give(sockets, account)
    return Home(path, sockets, moved)


def _drop_orphan(path: Path, mark: Path) -> None:
    """Remove what is kept elsewhere for a data folder that has since been removed and made again."""
    if not mark.exists():
        shutil.rmtree(path, ignore_errors=True)
        mark.write_text(f"{path}\n")


def give(directory: Path, account: Account | None) -> None:
    """Make ``directory`` for ``account`` alone; one that exists is left as it is."""
    if not directory.is_dir():
        directory.mkdir(mode=0o700)
        if account:
            os.chown(directory, account.uid, account.gid)


def open_place(key: Path) -> Path:
    """A directory outside the checkout that any account can reach, the same one every time for ``key``.

    Raises :class:`EngineError` when somebody else has put something in its stead (the parents are world-writable).
    """
    parent = next((place for place in OPEN_PLACES if place.is_dir() and os.access(place, os.W_OK)), None)
    if parent is None:
        raise EngineError(f"no directory is open to every account among {', '.join(map(str, OPEN_PLACES))}")
    place = parent / place_name(key)
    make_directory(place)
    found = place.lstat()
    if place.is_symlink() or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise EngineError(f"{place} belongs to somebody else or is open to others' writing: remove it")
    (place / "belongs-to").write_text(f"{key.resolve()}\n")  # for whoever finds it and wonders
    return place


def place_name(key: Path) -> str:
    """The name, in a place open to all, of what belongs to ``key``."""
    return f"quxiang-{hashlib.sha256(os.fsencode(key.resolve())).hexdigest()[:12]}"


def make_directory(path: Path) -> None:
    """Make ``path``, and what is missing above it, to be passed by all and written by us; touch nothing that exists."""
    if path.is_dir():
        return
    make_directory(path.parent)
    try:
        path.mkdir(mode=0o755)
    except FileExistsError:
        return
    path.chmod(0o755)  # a strict umask would close our own new directory to the engine's account


def forget(data: Path) -> None:
    """Remove a data folder together with what had to be kept elsewhere for it."""
    data = data.resolve()
    shutil.rmtree(data, ignore_errors=True)
    forget_elsewhere(data)


def forget_elsewhere(key: Path) -> None:
    """Remove what lies in an open place for ``key``, if it is ours."""
    for parent in OPEN_PLACES:
        place = parent / place_name(key)
        if place.is_dir() and not place.is_symlink() and place.lstat().st_uid == os.geteuid():
            shutil.rmtree(place, ignore_errors=True)


@contextmanager
def turn(lock: Path) -> Iterator[None]:
    """Wait until nobody else holds ``lock``, and hold it for the block."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def wheel_folder(package: str) -> Path:
    """Where an installed package lies. Looked up without an import: these packages act on the machine when imported."""
    found = importlib.util.find_spec(package)
    if found is None or not found.submodule_search_locations:
        raise EngineError(f"{package} is not installed: run make setup")
    return Path(found.submodule_search_locations[0]).resolve()


def append_to(log: Path) -> BinaryIO:
    """Open an engine's log for appending, for us alone; one that has grown long is begun anew."""
    if log.exists() and log.stat().st_size > _KEPT_LOG_BYTES:
        log.unlink()
    return os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")


@contextmanager
def held(lock: Path, refusal: str) -> Iterator[None]:
    """Hold ``lock`` for the block; raises :class:`EngineError` with ``refusal`` when a living process holds it."""
    with lock.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise EngineError(f"{refusal} (process {file.read().strip() or 'unknown'})") from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
