"""Delivery reports (短信下发状态通知): pushed as JSON, several in one request, three tries in all."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import orjson
import urllib3

from sandbox.clock import Clock, in_beijing
from sandbox.faults import Rule
from sandbox.settings import Settings
from sandbox.timer import Timer

if TYPE_CHECKING:
    from sandbox.sms.gateway import TextMessage

TRIES = 3
MOST_AT_ONCE = 100
LATE = 30.0
DELIVERED = ("DELIVRD", "用户短信送达成功")
FAILED = "短信未送达"
NATION = "+86"

_http = urllib3.PoolManager(maxsize=8, retries=False)


class Reports:
    """Reports on their way to the product. Those that are ready together travel together."""

    def __init__(self, settings: Callable[[], Settings], clock: Clock, timer: Timer) -> None:
        self._settings, self._clock, self._timer = settings, clock, timer
        self._lock = threading.Lock()
        self._ready: list[dict[str, Any]] = []
        self.counts = {"pushed": 0, "answered": 0, "repeated": 0, "given_up": 0}

    def promise(self, message: TextMessage, rule: Rule | None, keep: Callable[[TextMessage], None]) -> None:
        """What became of a message, a little later; a rule makes it late, early, double, missing or a failure."""
        rule = rule or Rule()
        if rule.receipt == "missing":
            return
        note = partial(self._note, message, rule.status, keep)
        delay = rule.receipt_delay or self._settings().sms_report_delay
        if rule.receipt == "late":
            delay = rule.receipt_delay or LATE
        if rule.receipt == "early":
            self._deliver(note)
            return
        for _ in range(2 if rule.receipt == "double" else 1):
            self._timer.after(delay, partial(self._deliver, note))

    def _deliver(self, note: Callable[[], None]) -> None:
        note()
        self._push()

    def _note(self, message: TextMessage, failure: str, keep: Callable[[TextMessage], None]) -> None:
        now = self._clock.now()
        report = {
            "user_receive_time": f"{in_beijing(now):%Y-%m-%d %H:%M:%S}",
            "nationcode": NATION.removeprefix("+"),
            "mobile": message.phone.removeprefix(NATION),
            "report_status": "FAIL" if failure else "SUCCESS",
            "errmsg": failure or DELIVERED[0],
            "description": FAILED if failure else DELIVERED[1],
            "sid": message.serial,
        }
        if message.session:
            report["ext"] = message.session
        message.reports.append({"status": report["report_status"], "errmsg": report["errmsg"], "at": now})
        keep(message)
        with self._lock:
            self._ready.append(report)

    def _push(self) -> None:
        with self._lock:
            batch, self._ready = self._ready[:MOST_AT_ONCE], self._ready[MOST_AT_ONCE:]
        if batch and self._settings().sms_callback_url:
            self._count("pushed")
            self._try(batch, 1)

    def _try(self, batch: list[dict[str, Any]], number: int) -> None:
        settings = self._settings()
        try:
            answer = _http.request(
                "POST",
                settings.sms_callback_url,
                body=orjson.dumps(batch),
                headers={"Content-Type": "application/json"},
                timeout=urllib3.Timeout(total=settings.callback_timeout),
                redirect=False,
            )
            taken = answer.status == 200 and _is_ok(answer.data)
        except urllib3.exceptions.HTTPError:
            taken = False
        if taken:
            self._count("answered")
        elif number < TRIES:
            self._count("repeated")
            self._timer.after(settings.callback_pause, lambda: self._try(batch, number + 1))
        else:
            self._count("given_up")

    def _count(self, name: str) -> None:
        with self._lock:
            self.counts[name] += 1


def _is_ok(answer: bytes) -> bool:
    """``{"result": 0, …}`` says that the reports were taken."""
    try:
        said = orjson.loads(answer)
    except orjson.JSONDecodeError:
        return False
    return isinstance(said, dict) and said.get("result") == 0
