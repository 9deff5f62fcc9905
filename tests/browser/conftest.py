"""The whole system for a browser: API, workers, sweeper and the stand-in as processes, on engines of the test's own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest
import requests
from playwright.sync_api import Browser, sync_playwright

from stack import browser as machine_browser
from stack.settings_for_development import CHECKOUT, sandbox_environment
from tests.notify.processes import end
from tests.sandbox.running import Sandbox, eventually, free_port, running_sandbox

WEB_PAGES = ("student", "employer", "console", "public")


@dataclass
class Running:
    """Where the parts answer."""

    url: str
    sandbox: Sandbox
    environment: dict[str, str]


@pytest.fixture(scope="session")
def built_clients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The H5 clients as ``make test`` has built them; a copy, since a build beside the tests would empty the folder."""
    dist = CHECKOUT / "web" / "dist"
    missing = [name for name in WEB_PAGES if not (dist / f"{name}.html").is_file()]
    assert not missing, f"web/dist lacks {missing}: run `make build` first"
    return Path(shutil.copytree(dist, tmp_path_factory.mktemp("web") / "dist"))


@pytest.fixture(scope="module")  # a process can drive one at a time, and other folders' tests drive theirs
def chromium() -> Iterator[Browser]:
    """The machine's Chromium; without one the test fails and says what to install."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=str(machine_browser.chromium()), args=machine_browser.launch_arguments()
        )
        yield browser
        browser.close()


@pytest.fixture
def system(product_environment: dict[str, str], built_clients: Path, tmp_path: Path) -> Iterator[Running]:
    """Everything that ``make run`` starts, on free ports."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    secrets = {name: product_environment[name] for name in product_environment if name.startswith("WECHAT_")}
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox(tmp_path / "sandbox", **secrets, **sandbox_environment(url)))
        environment = product_environment | {
            "QX_PUBLIC_URL": url,
            "QX_WEB_DIST": str(built_clients),
            "WECHAT_API_URL": sandbox.url,
            "WECHAT_OPEN_URL": sandbox.url,
            "CHSI_CAS_URL": f"{sandbox.url}/cas",
        }
        api = ["granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4", "wsgi:application"]
        programs = [
            [sys.executable, "-m", *api],
            [sys.executable, "worker.py", "work", "notices"],
            [sys.executable, "worker.py", "work", "documents"],
            [sys.executable, "worker.py", "sweep"],
        ]
        log = stack.enter_context((tmp_path / "system.log").open("w"))
        for program in programs:
            stack.callback(end, _started(program, environment, log))
        eventually(lambda: _answers(url), 30)
        yield Running(url, sandbox, environment)


def _started(program: list[str], environment: dict[str, str], log: IO[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        program,
        cwd=CHECKOUT,
        env={**os.environ, **environment},
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/healthz", timeout=2).ok
    except requests.ConnectionError:
        return False
