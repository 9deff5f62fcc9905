"""P9: the student home on a phone, cold, as Lighthouse sees it with its mobile profile (simulated slow 4G).

Ours is the built client on the real API under granian, with a graduate signed in who has three open invitations. The
peer is the same page of the same data by the kits' own quick starts (bench/peers/phone), served the same way. Each
round empties the browser's cache and measures both, one after the other.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import BrowserContext, Page, ViewportSize, expect, sync_playwright

from stack import browser, engines, ports, web
from stack.node import node_environment
from stack.settings_for_development import CHECKOUT, environment

ROUNDS = 5
PEER = Path(__file__).parent / "peers" / "phone"
CACHE = CHECKOUT / ".cache"
EMPLOYERS = ("杭州远岸数据科技有限公司", "嘉兴禾芯电子股份有限公司", "江州轨道交通集团有限公司")
PHONE = ViewportSize(width=412, height=823)
_READY_SECONDS = 60


@dataclass(frozen=True)
class Seen:
    """What one Lighthouse run found. ``weight`` is bytes of script and style over the wire, ``paint`` ms."""

    performance: float
    accessibility: float
    weight: int
    requests: int
    paint: float


@dataclass(frozen=True)
class Target:
    """A figure of the row, and what is to be reached."""

    title: str
    unit: str
    better: str
    of: str


TARGETS = (
    Target("P9 student home on a phone: performance (to reach 95)", "points", "higher", "performance"),
    Target("P9a accessibility (to reach 100)", "points", "higher", "accessibility"),
    Target("P9b script and style, first load (at most 110 kB)", "kB", "lower", "weight"),
    Target("P9c requests for them (at most 6)", "requests", "lower", "requests"),
    Target("P9d largest paint, simulated slow 4G (under 1,800 ms)", "ms", "lower", "paint"),
)


def run() -> list[dict[str, Any]]:
    """The five figures of P9, medians of the rounds."""
    chromium = browser.chromium()
    web.build(CHECKOUT / "web", CACHE / "web")
    _build_peer()
    with ExitStack() as lasting:
        data, urls = lasting.enter_context(engines.temporary(os.environ))
        port = ports.free()
        settings = environment(data, urls, f"http://{ports.HOST}:{port}", f"http://{ports.HOST}:{ports.free()}", {})
        sign_in, answers = _graduate_at_home(lasting, settings, port)
        recorded = data / "peer.json"
        recorded.write_text(json.dumps(answers, ensure_ascii=False), encoding="utf-8")
        peer_port = ports.free()
        theirs = {"PEER_DIST": str(PEER / "dist"), "PEER_ANSWERS": str(recorded)}
        lasting.enter_context(_served("bench.peers.phone_server:application", peer_port, theirs))
        pages = {"ours": f"http://{ports.HOST}:{port}/s/", "peer": f"http://{ports.HOST}:{peer_port}/"}
        found = _measure(chromium, data, pages, sign_in)
    return [_row(target, found) for target in TARGETS]


def _graduate_at_home(
    lasting: ExitStack, settings: Mapping[str, str], port: int
) -> tuple[Callable[[], str], dict[str, Any]]:
    """Start the API over a school with one invited graduate; what signs them in anew, and the API's two answers."""
    # Imported here: what a test needs to make people is not wanted by any other measurement.
    from app import schema
    from app.identity import sessions
    from app.services import Services
    from app.settings import Settings
    from tests import factories

    services = Services.build(Settings.from_environment(dict(settings)))
    lasting.callback(services.close)
    schema.migrate(services.db.engine)
    world = factories.make_world(services)
    graduate = factories.make_graduate(world)
    for days, name in enumerate(EMPLOYERS, start=2):
        factories.send(world, graduate, employer=factories.make_employer(world, name), days=days)
    account = graduate.id
    if account is None:
        raise RuntimeError("a graduate without an account cannot sign in")

    def sign_in() -> str:
        with services.db.transaction() as connection:
            return sessions.begin(connection, account, graduate.role)

    lasting.enter_context(_served("wsgi:application", port, settings))
    base = f"http://{ports.HOST}:{port}/api/v1"
    session = _ask(f"{base}/session/refresh", {"Cookie": f"refresh-s={sign_in()}", "X-Requested-With": "quxiang"}, b"")
    home = _ask(f"{base}/home", {"Authorization": f"Bearer {session['access_token']}"})
    return sign_in, {"session/refresh": session, "home": home}


def _ask(url: str, headers: dict[str, str], body: bytes | None = None) -> dict[str, Any]:
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers), timeout=10) as response:
        return dict(json.load(response))


@contextmanager
def _served(application: str, port: int, settings: Mapping[str, str]) -> Iterator[None]:
    """granian, as the product's own Procfile has it, until the block ends."""
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--no-ws", "--host", ports.HOST]
    command += ["--port", str(port), "--workers", "1", "--blocking-threads", "4", application]
    log = subprocess.DEVNULL
    process = subprocess.Popen(command, cwd=CHECKOUT, env={**os.environ, **settings}, stdout=log, stderr=log)
    try:
        _wait(process, port)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    end = time.monotonic() + _READY_SECONDS
    while ports.is_free(port):
        if process.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"nothing serves at port {port}")
        time.sleep(0.1)


def _build_peer() -> None:
    node = node_environment(CACHE, os.environ)
    for command in (["npm", "ci", "--no-audit", "--no-fund"], ["npm", "run", "build"]):
        if command[1] == "ci" and (PEER / "node_modules" / "lighthouse").is_dir():
            continue
        subprocess.run(command, cwd=PEER, env=node, check=True, capture_output=True)
    subprocess.run([sys.executable, "-m", "whitenoise.compress", "-q", PEER / "dist"], check=True)


def _measure(chromium: Path, data: Path, pages: Mapping[str, str], sign_in: Callable[[], str]) -> dict[str, list[Seen]]:
    """Both sides in turn, in one browser, signed in and with its cache emptied anew before each visit."""
    port = ports.free()
    arguments = [*browser.launch_arguments(), f"--remote-debugging-port={port}"]
    found: dict[str, list[Seen]] = {side: [] for side in pages}
    with sync_playwright() as driver:
        context = driver.chromium.launch_persistent_context(
            data / "browser", executable_path=chromium, args=arguments, viewport=PHONE, locale="zh-CN"
        )
        try:
            page = context.pages[0]
            for _ in range(ROUNDS):
                for side, url in pages.items():
                    # A slow machine may cut a visit short between renewing the session and being told so.
                    cookie = {"name": "refresh-s", "value": sign_in(), "domain": ports.HOST, "path": "/"}
                    context.add_cookies([cookie])  # type: ignore[list-item]
                    _check(page, url)
                    _forget(context, page)
                    found[side].append(_lighthouse(url, port))
                    print(f"   {side}: {found[side][-1]}", flush=True)
        finally:
            context.close()
    return found


def _check(page: Page, url: str) -> None:
    """The page shows the most urgent employer and the five entries; a wrong or empty page fails the measurement."""
    page.goto(url)
    for words in (EMPLOYERS[0], "看条款并答复", "毕业去向填报", "查询核验"):
        expect(page.get_by_text(words).first).to_be_visible()


def _forget(context: BrowserContext, page: Page) -> None:
    page.goto("about:blank")
    session = context.new_cdp_session(page)
    session.send("Network.clearBrowserCache")
    session.detach()


def _lighthouse(url: str, port: int) -> Seen:
    """One run with the mobile profile, attached to the signed-in browser."""
    command = ["node", str(PEER / "node_modules/lighthouse/cli/index.js"), url, f"--port={port}"]
    command += ["--output=json", "--quiet", "--disable-storage-reset", "--no-enable-error-reporting"]
    command += ["--only-categories=performance,accessibility"]
    done = subprocess.run(command, env=node_environment(CACHE, os.environ), check=True, capture_output=True)
    report = json.loads(done.stdout)
    if report.get("runtimeError"):
        raise RuntimeError(f"{url}: {report['runtimeError']}")
    asked = report["audits"]["network-requests"]["details"]["items"]
    if not any(item["url"].endswith("/api/v1/home") and item["statusCode"] == 200 for item in asked):
        raise RuntimeError(f"{url}: the home was never answered")
    code = [item for item in asked if item["resourceType"] in ("Script", "Stylesheet")]
    return Seen(
        performance=100 * report["categories"]["performance"]["score"],
        accessibility=100 * report["categories"]["accessibility"]["score"],
        weight=sum(item["transferSize"] for item in code),
        requests=len(code),
        paint=report["audits"]["largest-contentful-paint"]["numericValue"],
    )


def _row(target: Target, found: Mapping[str, list[Seen]]) -> dict[str, Any]:
    scale = 1000 if target.unit == "kB" else 1
    sides = {side: median(getattr(seen, target.of) for seen in runs) / scale for side, runs in found.items()}
    return {
        "row": target.title,
        "unit": target.unit,
        "better": target.better,
        "ours": sides["ours"],
        "peer": sides["peer"],
        "ceiling": None,
        "rounds": ROUNDS,
        "peer_is": "Vue, Vue Router, Pinia, axios, Vant with all its CSS",
        "all": {side: [round(getattr(seen, target.of) / scale, 2) for seen in runs] for side, runs in found.items()},
    }
