"""SMS (腾讯云短信): the provider's own client behind a guard for time limits, proxies and errors.

A call has no idempotency key: the provider sends a repeat as a second message. Whether one is worth that is for
:mod:`app.notify.fallback` to say; here nothing is repeated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile
from tencentcloud.sms.v20210111.sms_client import SmsClient
from urllib3.exceptions import NewConnectionError

from app.notify.channels.reply import NO_ANSWER, Behaviour, Notice, Reply, without_addresses
from app.notify.channels.sms_codes import OK, behaviour
from app.notify.entry import SMS_PARAMETERS
from app.settings import Sms

TIME_LIMIT = (2.0, 5.0)
"""Seconds to connect and to wait for an answer; the lease of a row is longer."""
REGION = "ap-guangzhou"
"""One of the provider's regions must be named; any reaches every number of the mainland."""
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_WITHOUT_ANSWER = ("ClientNetworkError", "ServerNetworkError")
"""The library's own codes for no connection or none to be used."""


def missing_templates(templates: Mapping[str, str]) -> list[str]:
    """The names of SMS templates that have no id."""
    return sorted(set(SMS_PARAMETERS) - {name for name, found in templates.items() if found})


class SmsChannel:
    """Sends one message a call; safe to use from many threads."""

    def __init__(self, account: Sms) -> None:
        self._account = account
        parts = urlsplit(account.api_url)
        profile = HttpProfile(protocol=parts.scheme, endpoint=parts.netloc, reqTimeout=TIME_LIMIT)
        credential = Credential(account.secret_id, account.secret_key)
        self._library = SmsClient(credential, REGION, ClientProfile(httpProfile=profile))
        connection = self._library.request.conn
        connection.proxy = None  # neither a proxy nor a netrc file of this machine is asked
        self._session: requests.Session = connection._session
        self._session.trust_env = False

    def send(self, notice: Notice, address: str) -> Reply:
        """Send to a mobile number of the mainland; never raises for what the provider or the network does."""
        names = SMS_PARAMETERS.get(notice.template or "")
        if names is None or not _MOBILE.fullmatch(address):
            return Reply(Behaviour.GIVE_UP, "no_template" if names is None else "no_mobile", called=False)
        request = {
            "PhoneNumberSet": [f"+86{address}"],
            "SmsSdkAppId": self._account.app_id,
            "SignName": self._account.sign_name,
            "TemplateId": self._account.templates[str(notice.template)],
            "TemplateParamSet": [notice.fields.get(name, "") for name in names],
            "SessionContext": notice.id,
        }
        try:
            answer = self._library.call_json("SendSms", request)
        except TencentCloudSDKException as error:
            return _refusal(error, address)
        except (requests.RequestException, OSError, ValueError, KeyError, TypeError) as error:
            # What came was no answer of the provider's. Only the kind: such a text may hold the request.
            return Reply(Behaviour.UNANSWERED, NO_ANSWER, type(error).__name__)
        return _reply(answer, address)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()


def _refusal(error: TencentCloudSDKException, address: str) -> Reply:
    """The whole request was refused, or there was no answer to it."""
    code = str(error.code)
    if code not in _WITHOUT_ANSWER:
        return Reply(behaviour(code), code, without_addresses(str(error.message), address))
    cause = error.__context__
    what = Behaviour.BUSY if _never_left(cause) else Behaviour.UNANSWERED
    return Reply(what, NO_ANSWER, type(cause).__name__ if cause else code)


def _never_left(error: BaseException | None) -> bool:
    """Whether no connection was made, so that nothing can have been sent."""
    inner = error.args[0] if error is not None and error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(getattr(inner, "reason", None), NewConnectionError)


def _reply(answer: Any, address: str) -> Reply:
    """What the provider said of the one number."""
    try:
        said = answer["Response"]
        if "Error" in said:  # the library looks for it under exactly one content type only
            code, words = str(said["Error"]["Code"]), str(said["Error"]["Message"])
            return Reply(behaviour(code), code, without_addresses(words, address))
        (status,) = said["SendStatusSet"]
        code, serial = str(status["Code"]), str(status.get("SerialNo") or "")
        words = without_addresses(str(status.get("Message") or ""), address)
    except (KeyError, TypeError, ValueError):
        return Reply(Behaviour.UNANSWERED, NO_ANSWER, "an answer without a status")
    return Reply(behaviour(code), code, None if code == OK else words, serial[:100] or None)
