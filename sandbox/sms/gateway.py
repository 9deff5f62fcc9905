"""What the provider accepts, to whom and how often, and the messages it delivered."""

from __future__ import annotations

import hashlib
import re
import secrets
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sandbox.clock import Clock, in_beijing
from sandbox.faults import SMS, Faults
from sandbox.settings import Settings
from sandbox.sms.refusals import message_of
from sandbox.sms.reports import Reports
from sandbox.sms.templates import SmsTemplate, read_sms_templates
from sandbox.store import Store

KEPT = 5000
DAY, HOUR = 86400, 3600
# Longer texts are sent in parts, each of them charged.
ONE_PART, EACH_PART, LONGEST = 70, 67, 500
MAINLAND = re.compile(r"(?:\+?86|0086)?(1[3-9]\d{9})")
ELSEWHERE = re.compile(r"\+(?!86)[1-9]\d{6,14}")
ADDRESS = re.compile(r"https?://|www\.|[a-z0-9-]+\.(?:com|cn|net|org)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Order:
    """One request: what to say, and to whom."""

    numbers: list[str]
    app_id: str
    sign: str
    template_id: str
    parameters: list[str]
    session: str = ""


@dataclass(slots=True)
class TextMessage:
    """One accepted message. ``serial`` is the provider's id; ``phone`` is +86…; ``at`` in the sandbox's seconds."""

    id: int
    serial: str
    phone: str
    template_id: str
    parameters: list[str]
    text: str
    at: float
    session: str = ""
    reports: list[dict[str, Any]] = field(default_factory=list)


class Gateway:
    """One SMS account. Numbers that are refused are counted by code, and nothing of them is kept."""

    def __init__(
        self, settings: Callable[[], Settings], clock: Clock, store: Store, faults: Faults, reports: Reports
    ) -> None:
        self._settings, self._clock, self._store, self._faults = settings, clock, store, faults
        self._reports = reports
        self._lock = threading.Lock()
        self.templates: dict[str, SmsTemplate] = read_sms_templates()
        self.messages: deque[TextMessage] = deque(maxlen=KEPT)
        self.refused: Counter[str] = Counter()
        self._sent: defaultdict[str, list[float]] = defaultdict(list)
        self._last = 0
        for _, raw in store.load("sms"):
            self._place(TextMessage(**raw))

    def send(self, order: Order, refused: dict[str, str]) -> list[dict[str, Any]]:
        """The SendStatusSet. ``refused`` has codes that rules ordered for single numbers."""
        common = self._refusal_of_order(order)
        return [self._send_one(order, number, common or refused.get(number, "")) for number in order.numbers]

    def of(self, phone: str = "", since: int = 0, limit: int = KEPT) -> list[TextMessage]:
        """Messages to one number, or all, with an id above ``since``, oldest first."""
        fitting = [m for m in list(self.messages) if m.id > since and phone in ("", m.phone)]
        return fitting[:limit]

    def threads(self) -> dict[str, TextMessage]:
        """The newest message of each number, by the number's key, newest first."""
        return {key_of(message.phone): message for message in self._newest_of_each()}

    @property
    def report_counts(self) -> dict[str, int]:
        """Pushes of reports by outcome."""
        return self._reports.counts

    def forget(self) -> None:
        """Drop every message, and what limits count."""
        with self._lock:
            self.messages.clear()
            self._sent.clear()
            self.refused.clear()
        self._store.forget("sms")

    def keep(self, message: TextMessage) -> None:
        """Say that a message changed."""
        self._store.put("sms", f"{message.id:012d}", message)

    def _newest_of_each(self) -> list[TextMessage]:
        found: dict[str, TextMessage] = {}
        for message in reversed(list(self.messages)):
            found.setdefault(message.phone, message)
        return list(found.values())

    def _place(self, message: TextMessage) -> None:
        self._last = max(self._last, message.id)
        self.messages.append(message)
        self._sent[message.phone].append(message.at)

    def _refusal_of_order(self, order: Order) -> str:
        settings, template = self._settings(), self.templates.get(order.template_id)
        abroad = [bool(ELSEWHERE.fullmatch(number)) for number in order.numbers]
        checks = (
            (order.app_id == settings.sms_sdk_app_id, "UnauthorizedOperation.SmsSdkAppIdVerifyFail"),
            (bool(order.sign), "FailedOperation.MissingSignature"),
            (order.sign == settings.sms_sign_name, "FailedOperation.SignatureIncorrectOrUnapproved"),
            (template is not None, "FailedOperation.TemplateUnapprovedOrNotExist"),
            (any(abroad) is all(abroad), "UnsupportedOperation.ContainDomesticAndInternationalPhoneNumber"),
            (not any(abroad), "UnsupportedOperation.ChineseMainlandTemplateToGlobalPhone"),
        )
        refusal = next((code for holds, code in checks if not holds), "")
        return refusal or self._refusal_of_text(order)

    def _refusal_of_text(self, order: Order) -> str:
        template, words = self.templates[order.template_id], self._settings().sensitive_words
        if len(order.parameters) != template.places:
            return "FailedOperation.TemplateParamSetNotMatchApprovedTemplate"
        if any(ADDRESS.search(parameter) for parameter in order.parameters):
            return "InvalidParameterValue.ProhibitedUseUrlInTemplateParameter"
        if any(word in parameter for parameter in order.parameters for word in words):
            return "FailedOperation.ContainSensitiveWord"
        too_long = len(self._text(order)) > LONGEST
        return "InvalidParameterValue.ContentLengthLimit" if too_long else ""

    def _text(self, order: Order) -> str:
        return f"【{order.sign}】{self.templates[order.template_id].filled(order.parameters)}"

    def _send_one(self, order: Order, number: str, refusal: str) -> dict[str, Any]:
        phone = canonical(number)
        if not refusal and not MAINLAND.fullmatch(phone):
            refusal = "InvalidParameterValue.IncorrectPhoneNumber"
        with self._lock:
            refusal = refusal or self._refusal_of_number(phone)
            if refusal:
                self.refused[refusal] += 1
                return status_of(order, phone, refusal)
            serial = f"{secrets.randbelow(9000) + 1000}:{secrets.randbelow(10**28):028d}"
            text = self._text(order)
            now = self._clock.now()
            message = TextMessage(
                self._last + 1, serial, phone, order.template_id, order.parameters, text, now, order.session
            )
            self._place(message)
        self.keep(message)
        self._reports.promise(message, self._faults.take("receipt", SMS, phone, order.template_id), self.keep)
        parts = 1 if len(text) <= ONE_PART else -(-len(text) // EACH_PART)
        return status_of(order, phone, "") | {"SerialNo": serial, "Fee": parts, "IsoCode": "CN"}

    def _refusal_of_number(self, phone: str) -> str:
        settings, now = self._settings(), self._clock.now()
        if phone in settings.sms_blacklist:
            return "FailedOperation.PhoneNumberInBlacklist"
        sent = self._sent[phone] = [at for at in self._sent[phone] if at > now - DAY]
        today = in_beijing(now).date()
        hour = sum(at > now - HOUR for at in sent)
        day = sum(in_beijing(at).date() == today for at in sent)
        if sent and now - sent[-1] < settings.sms_interval:
            return "LimitExceeded.PhoneNumberThirtySecondLimit"
        if settings.sms_hourly_limit and hour >= settings.sms_hourly_limit:
            return "LimitExceeded.PhoneNumberOneHourLimit"
        if settings.sms_daily_limit and day >= settings.sms_daily_limit:
            return "LimitExceeded.PhoneNumberDailyLimit"
        return ""


def status_of(order: Order, phone: str, refusal: str) -> dict[str, Any]:
    """One entry of the SendStatusSet; ``refusal`` empty: accepted."""
    return {
        "SerialNo": "",
        "PhoneNumber": phone,
        "Fee": 0,
        "SessionContext": order.session,
        "Code": refusal or "Ok",
        "Message": message_of(refusal) if refusal else "send success",
        "IsoCode": "",
    }


def canonical(number: str) -> str:
    """A number of the mainland as +86…, however it was written; any other as it is."""
    found = MAINLAND.fullmatch(number)
    return f"+86{found[1]}" if found else number


def key_of(phone: str) -> str:
    """What stands for a number in addresses of pages."""
    return hashlib.sha256(phone.encode()).hexdigest()[:12]
