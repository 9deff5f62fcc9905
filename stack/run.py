"""`make run`: everything of the system on this machine, until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from honcho.environ import parse_procfile

from stack import engines, ports, running, web
from stack.certificates import write_secret
from stack.places import held, make_directory
from stack.settings_for_development import CHECKOUT, environment, needs_sandbox, sandbox_environment
from stack.supervisor import Supervisor

API_PORT = 8000
SANDBOX_PORT = 8090
SMTP_PORT = 8025
ALREADY_RUNNING = "这里的系统正在运行，请先停止 · a system already runs over these data: stop it first"
_READY_SECONDS = 60


class StepFailed(Exception):
    """A step before the start failed; it has printed why."""


class Ports(NamedTuple):
    """Where a person wants the API, the stand-in and its mail server; each goes elsewhere when that is taken."""

    api: int
    sandbox: int
    smtp: int


@dataclass(frozen=True)
class Addresses:
    """Where people find the system. URLs carry no trailing slash."""

    api_port: int
    sandbox_port: int
    smtp_port: int
    public: str
    sandbox: str


def run(data: Path, wanted: Ports, given: Mapping[str, str]) -> int:
    """Start everything over ``data`` and stay until asked to end; returns the exit code for the shell.

    0 after Ctrl-C or a terminate signal, 1 when a step fails or a program dies, with a sentence.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _terminate)
    try:
        with ExitStack() as lasting:
            return _run(lasting, data, wanted, given)
    except KeyboardInterrupt:
        return _goodbye()
    except (engines.EngineError, web.BuildFailed, StepFailed) as failure:
        print(f"\n启动失败 · cannot start: {failure}", file=sys.stderr, flush=True)
        return 1


def _run(lasting: ExitStack, data: Path, wanted: Ports, given: Mapping[str, str]) -> int:
    started = time.monotonic()
    make_directory(data)
    lasting.enter_context(held(data / "lock", ALREADY_RUNNING))
    urls = lasting.enter_context(engines.both(data, given))
    web.build(CHECKOUT / "web", CHECKOUT / ".cache" / "web", given)
    addresses = _addresses(wanted, given)
    settings = environment(data, urls, addresses.public, addresses.sandbox, given, addresses.smtp_port)
    path = os.pathsep.join((str(Path(sys.executable).parent), given.get("PATH", os.defpath)))
    whole = {**given, **settings, "PATH": path, "HOST": ports.HOST, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
    logins = _fill_database(data, whole, own="DATABASE_URL" not in given)
    lasting.enter_context(running.announced(data, settings | {"QX_SANDBOX_URL": addresses.sandbox}))
    supervisor = Supervisor(lambda: _welcome(data, addresses, whole, logins, started))
    api_answers = _api_answers(data)
    api_answers.unlink(missing_ok=True)
    stand_in = sandbox_environment(addresses.public, settings, addresses.smtp_port)
    for name, line in _programs(data, addresses, needs_sandbox(given)).items():
        own = stand_in if name == "sandbox" else {"PORT": str(addresses.api_port)}
        # Pages are served first: all at once would share the cores and be late together.
        supervisor.add(name, line, whole | own, str(CHECKOUT), after=api_answers if name != "api" else None)
    supervisor.loop()
    if supervisor.ended_first is None:
        return _goodbye()
    name = supervisor.ended_first
    print(f"\n{name} 意外退出，其余已一并停止 · {name} has died (see above); everything else was stopped", flush=True)
    return 1


def _addresses(wanted: Ports, given: Mapping[str, str]) -> Addresses:
    api_port = ports.choose(wanted.api, "API ")
    sandbox_port = ports.choose(wanted.sandbox, "sandbox ")
    smtp_port = ports.choose(wanted.smtp, "SMTP ")
    public = given.get("QX_PUBLIC_URL") or f"http://{ports.HOST}:{api_port}"
    return Addresses(api_port, sandbox_port, smtp_port, public.rstrip("/"), f"http://{ports.HOST}:{sandbox_port}")


def _programs(data: Path, addresses: Addresses, with_sandbox: bool) -> dict[str, str]:
    """Name in the log → command line: the product's from its Procfile, and the stand-in beside it."""
    programs = dict(parse_procfile((CHECKOUT / "Procfile").read_text()).processes)
    if with_sandbox:
        argv = ["python", "-m", "sandbox", "--port", str(addresses.sandbox_port), "--data", str(data / "sandbox")]
        programs["sandbox"] = shlex.join(argv)
    return programs


def _fill_database(data: Path, environment: Mapping[str, str], own: bool) -> str:
    """Migrate, load the demo data, and return the demo's log-ins.

    All three are quick the second time, but still seconds of a start. For a database of our ``own`` the data folder
    remembers that they were done with the migrations as they are now.
    """
    stamp, logins = data / "filled", data / "demo-logins"
    migrations = web.digest(CHECKOUT / "migrations")
    if own and stamp.exists() and stamp.read_text() == migrations:
        return logins.read_text()
    _step("app.cli", "migrate", environment=environment)
    _step("app.cli", "demo", "load", environment=environment)
    shown = _step("app.cli", "demo", "logins", environment=environment, shown=False).strip()
    if own:
        write_secret(logins, shown.encode())
        stamp.write_text(migrations)
    return shown


def _step(*module_and_arguments: str, environment: Mapping[str, str], shown: bool = True) -> str:
    """Run a module to its end; returns what it printed when that is not shown. Raises :class:`StepFailed`."""
    done = subprocess.run(
        [sys.executable, "-m", *module_and_arguments],
        cwd=CHECKOUT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=None if shown else subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise StepFailed(f"python -m {' '.join(module_and_arguments)} ended with {done.returncode}")
    return done.stdout or ""


def _welcome(data: Path, addresses: Addresses, environment: Mapping[str, str], logins: str, started: float) -> None:
    """Wait until the system answers, then say where it is and who may log in."""
    with_sandbox = environment["WECHAT_API_URL"] == addresses.sandbox
    api_up = _answers("API", f"http://{ports.HOST}:{addresses.api_port}/healthz")
    seconds = time.monotonic() - started
    _api_answers(data).touch()
    if with_sandbox and _answers("sandbox", f"{addresses.sandbox}/"):
        _introduce_people(data, environment)
    if api_up:
        print(banner(addresses, logins, seconds), flush=True)


def _api_answers(data: Path) -> Path:
    """The file that lets the other programs start."""
    return data / "api-answers"


def _introduce_people(data: Path, environment: Mapping[str, str]) -> None:
    """Once, now that the stand-in answers: give the demo's people their phones and CHSI accounts there."""
    stamp = data / "sandbox" / "introduced"
    if stamp.exists():
        return
    try:
        _step("app.cli", "demo", "meet", environment=environment)
    except StepFailed as failure:
        print(f"\n演示人物未能登记 · the demo's people could not be registered: {failure}\n", flush=True)
    else:
        stamp.touch()


def banner(addresses: Addresses, logins: str, seconds: float) -> str:
    """What a newcomer reads when the system is up."""
    rows = (
        ("学生手机（微信模拟）", "student's phone", f"{addresses.sandbox}/"),
        ("短信（模拟）", "text messages", f"{addresses.sandbox}/sms"),
        ("邮件（模拟）", "mails", f"{addresses.sandbox}/mail"),
        ("用人单位 H5", "employer", f"{addresses.public}/e/"),
        ("审核工作台", "review console", f"{addresses.public}/console/"),
        ("毕业生 H5（普通浏览器）", "graduate", f"{addresses.public}/s/"),
        ("接口描述", "API description", f"{addresses.public}/api/v1/openapi.json"),
    )
    line = "─" * 72
    lines = ["", line, f"  去向已启动，用时 {seconds:.1f} 秒 · Quxiang is up after {seconds:.1f} s", line]
    lines += [f"  {address:<36} {chinese} · {english}" for chinese, english, address in rows]
    lines += [line, *(f"  {entry}" for entry in logins.splitlines()), line]
    lines += [
        "  Ctrl-C 停止，数据会保留 · Ctrl-C stops everything, data stay",
        "  make demo 自动演示每种事项 · plays one of every kind of filing",
        line,
        "",
    ]
    return "\n".join(lines)


def _answers(name: str, url: str) -> bool:
    """Wait until ``url`` answers; says so when that takes too long."""
    until = time.monotonic() + _READY_SECONDS
    # A proxy of the environment must not be asked for an address of this machine.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while time.monotonic() < until:
        try:
            with opener.open(url, timeout=5) as answer:
                return bool(answer.status < 500)
        except urllib.error.HTTPError as refusal:
            if refusal.code < 500:
                return True
        except OSError:
            pass
        time.sleep(0.1)
    sentence = f"{name} 未在 {_READY_SECONDS} 秒内应答 · {name} has not answered within {_READY_SECONDS} s"
    print(f"\n{sentence}\n", flush=True)
    return False


def _goodbye() -> int:
    print("\n已全部停止 · all stopped", flush=True)
    return 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _terminate(number: int, frame: FrameType | None) -> None:
    """A closed terminal is a wish to end, and is carried out by whoever handles that wish at the moment."""
    os.kill(os.getpid(), signal.SIGTERM)


def running_system(data: Path, argv: list[str]) -> int:
    """Run a command in the environment of the system that runs over ``data``."""
    settings = running.environment_of(data)
    return subprocess.run(argv, cwd=CHECKOUT, env={**os.environ, **settings}, check=False).returncode
