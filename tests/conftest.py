"""What every test may ask for: real engines, a database of its own, a closed network.

One PostgreSQL and one Redis carry a whole run, however many workers share it. The database is migrated once, into a
template; each worker clones it, and empties its clone before each test that asks for ``database_url``. Fixtures that
know the product (factories, clients) live in their own modules; this file knows the engines only.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from stack import engines as stack_engines
from stack.settings_for_development import CHECKOUT, environment

pytest.register_assert_rewrite("tests.support")

_RUN = "QX_TEST_RUN"  # the folder of this run's engines, told to the workers by the process that started them
_CONTROLLER = pytest.StashKey[ExitStack]()


# The network: nothing in a test may reach beyond this machine ------------------------------------------------------

_LOOPBACK = ("127.", "::1", "localhost", "")


def _refuse_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else ""  # a path is a unix socket
    else:
        return
    name = host.decode() if isinstance(host, bytes) else str(host or "")
    if not any(name == allowed or (allowed.endswith(".") and name.startswith(allowed)) for allowed in _LOOPBACK):
        raise RuntimeError(f"the network is closed in tests: {event} to {name}")


sys.addaudithook(_refuse_outside)


# The engines -------------------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    """With xdist the process that hands out the tests owns the engines, so that they end with it."""
    if getattr(config.option, "numprocesses", None) and not hasattr(config, "workerinput"):
        lasting = config.stash[_CONTROLLER] = ExitStack()
        data, urls = lasting.enter_context(stack_engines.temporary(os.environ))
        os.environ |= urls | {_RUN: str(data)}


def pytest_unconfigure(config: pytest.Config) -> None:
    """Also reached after Ctrl-C; a kill is answered by the kernel, which ends the engines with us."""
    if _CONTROLLER in config.stash:
        config.stash[_CONTROLLER].close()


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, str]]:
    """``DATABASE_URL`` (a role that may create databases) and ``REDIS_URL`` of this run, and ``folder``, its own."""
    if _RUN in os.environ:
        yield {"folder": os.environ[_RUN], **{name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}}
    else:
        with stack_engines.temporary(os.environ) as (data, urls):
            yield {"folder": str(data), **urls}


@pytest.fixture(scope="session")
def worker_number(worker_id: str) -> int:
    """1, 2, … for the workers of xdist; 1 without."""
    return int(worker_id.removeprefix("gw")) + 1 if worker_id != "master" else 1


# The database ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def template_database(engines: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a migrated, otherwise empty database; made by the first worker that needs it."""
    folder = Path(engines["folder"])
    name = f"qx_template_{folder.name.rpartition('-')[2]}"
    outcome = folder / "template"
    with (folder / "template.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not outcome.exists():
            _statement(engines["DATABASE_URL"], f'CREATE DATABASE "{name}"')
            own = engines | {"DATABASE_URL": _database(engines["DATABASE_URL"], name)}
            outcome.write_text(_migrate(own, tmp_path_factory.mktemp("migration")))
    if complaint := outcome.read_text():
        pytest.fail(f"the migration of the template database failed:\n{complaint}", pytrace=False)
    return name


@pytest.fixture(scope="session")
def own_database(engines: dict[str, str], template_database: str, worker_number: int) -> Iterator[str]:
    """The URL of this worker's clone of the template. Most tests want ``database_url``, which is empty as well."""
    name = template_database.replace("template", f"worker{worker_number}")
    # Copying files is four times as fast as writing the copy to the log.
    _statement(engines["DATABASE_URL"], f'CREATE DATABASE "{name}" TEMPLATE "{template_database}" STRATEGY file_copy')
    yield _database(engines["DATABASE_URL"], name)
    drop_database(engines["DATABASE_URL"], name)


@pytest.fixture(scope="session")
def _filled_by_tests(own_database: str) -> list[str]:
    """The tables that the migration leaves empty; what it seeds is part of the schema and stays."""
    with _connect(own_database) as connection:
        tables = connection.execute("SELECT format('%I', tablename) FROM pg_tables WHERE schemaname = 'public'")
        names = [str(row[0]) for row in tables.fetchall()]
        return [name for name in names if not _first_row(connection, name)]


@pytest.fixture
def database_url(own_database: str, _filled_by_tests: list[str]) -> str:
    """The SQLAlchemy URL of a database that holds what migrations put there and nothing else."""
    with _connect(own_database) as connection:
        # A test that left a transaction open would make every later one wait for ever.
        connection.execute("SET lock_timeout = '10s'")
        filled = [name for name in _filled_by_tests if _first_row(connection, name)]
        if filled:
            connection.execute(f"TRUNCATE {', '.join(filled)} RESTART IDENTITY CASCADE")
    return own_database


@pytest.fixture
def redis_url(engines: dict[str, str], worker_number: int) -> str:
    """The URL of an empty Redis database, this worker's own."""
    url = f"{engines['REDIS_URL'].partition('?')[0]}?db={worker_number}"
    with redis.Redis.from_url(url) as connection:
        connection.flushdb()
    return url


@pytest.fixture
def product_environment(database_url: str, redis_url: str, tmp_path: Path, _kept_secrets: Path) -> dict[str, str]:
    """All settings the product reads. Addresses of WeChat, CHSI and of itself lead nowhere until a test sets them, and
    neither SMS nor mail is set up."""
    nowhere = "http://127.0.0.1:9"
    urls = {"DATABASE_URL": database_url, "REDIS_URL": redis_url}
    made = environment(_kept_secrets, urls, nowhere, nowhere, {"QX_STORAGE_DIR": str(tmp_path / "files")})
    return {name: value for name, value in made.items() if not name.startswith("SMS_")}


@pytest.fixture(scope="session")
def _kept_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets")


def _migrate(urls: dict[str, str], folder: Path) -> str:
    """Bring the database to the newest migration as an operator would; returns what went wrong."""
    settings = environment(folder, urls, "http://127.0.0.1:9", "http://127.0.0.1:9", {})
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"],
        cwd=CHECKOUT,
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    return "" if done.returncode == 0 else f"{done.stdout}{done.stderr}"


def _connect(url: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), autocommit=True)


def _first_row(connection: psycopg.Connection[tuple[Any, ...]], table: str) -> bool:
    return connection.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() is not None


def _statement(url: str, statement: str) -> None:
    with _connect(url) as connection:
        connection.execute(statement)


def drop_database(url: str, name: str) -> None:
    """Remove a database, whoever is still in it."""
    try:
        _statement(url, f'DROP DATABASE "{name}"')
    except psycopg.errors.ObjectInUse:
        # Not at once: the server's own vacuum, which a plain DROP sends away, may not be ended by force.
        _statement(url, f'DROP DATABASE "{name}" WITH (FORCE)')


def _database(url: str, name: str) -> str:
    """``url`` with the database's name exchanged."""
    start, question, parameters = url.partition("?")
    return f"{start.rpartition('/')[0]}/{name}{question}{parameters}"
