"""The one way to WeChat's API: wechatpy behind a guard for tokens, time limits, retries and errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import orjson
import requests
from redis import Redis
from requests.adapters import HTTPAdapter
from urllib3.exceptions import NewConnectionError
from wechatpy import WeChatClient as LibraryClient
from wechatpy.exceptions import WeChatClientException

from app.notify.tokens import Tokens
from app.notify.transport import NoAnswer, Transport
from app.settings import WeChat

TIME_LIMIT = (2.0, 5.0)
"""Seconds to connect and to wait for an answer; the lease of a message is longer."""
CONNECTIONS = 4
_SEND = "/cgi-bin/message/template/send"
OLD_TOKEN = (40001, 40014, 42001)
"""Codes after which another token is fetched and the call is made once more."""


class WeChatError(Exception):
    """A call failed. ``errcode`` is WeChat's, or None where there was no usable answer; ``reached`` says whether the
    call may have been carried out all the same."""

    def __init__(self, errcode: int | None, errmsg: str, *, reached: bool | None = None) -> None:
        self.errcode = errcode
        self.errmsg = errmsg
        self.reached = errcode is None if reached is None else reached
        super().__init__(f"{errcode}: {errmsg}")


class _Library(LibraryClient):  # type: ignore[misc]
    """wechatpy without its own ideas of tokens: it would fetch them from a fixed host, without a time limit or a lock,
    and repeat a refused call without end."""

    def __init__(self, account: WeChat) -> None:
        super().__init__(account.app_id, account.app_secret, timeout=TIME_LIMIT, auto_retry=False)
        self.API_BASE_URL = f"{account.api_url}/cgi-bin/"
        self._http.trust_env = False  # neither a proxy nor a netrc file of this machine is asked
        adapter = HTTPAdapter(pool_connections=1, pool_maxsize=CONNECTIONS, max_retries=0)
        self._http.mount("http://", adapter)
        self._http.mount("https://", adapter)

    @property
    def access_token(self) -> str:
        """Never asked for: the guard puts the token into every call."""
        raise AttributeError("the guard brings the token")

    def close(self) -> None:
        self._http.close()


class Client:
    """The guarded client; safe to use from many threads."""

    def __init__(self, account: WeChat, redis: Redis) -> None:
        self._account = account
        self._library = _Library(account)
        self._bulk = Transport(account.api_url, TIME_LIMIT)
        self._tokens = Tokens(redis, account.app_id, self._fetch_token)

    def send_template(
        self, *, openid: str, template: str, url: str | None, fields: Mapping[str, str], client_msg_id: str
    ) -> int:
        """Send one message and return WeChat's msgid; raises :class:`WeChatError`.

        ``client_msg_id`` (at most 32 characters) makes WeChat drop a repeat to the same person for ten minutes.
        """
        message: dict[str, Any] = {
            "touser": openid,
            "template_id": self._account.templates[template],
            "client_msg_id": client_msg_id,
            "data": {key: {"value": value} for key, value in fields.items()},
        }
        if url:
            message["url"] = url
        body = orjson.dumps(message)
        answer = self._guarded(lambda token: self._bulk_post(f"{_SEND}?access_token={quote(token)}", body))
        try:
            return int(answer["msgid"])
        except (KeyError, TypeError, ValueError):
            raise WeChatError(None, "an answer without msgid") from None

    def call(self, path: str, body: Mapping[str, Any] | None) -> dict[str, Any]:
        """POST to ``/cgi-bin/PATH``, or GET without a body; on a refused token once more with another one.

        Raises :class:`WeChatError`.
        """
        return self._guarded(lambda token: self._send(path, body, token))

    def make_code(self, scene: str, life: timedelta) -> str:
        """What to draw as a QR code (带参数的二维码) that tells us ``scene`` when scanned; raises WeChatError."""
        body = {
            "action_name": "QR_STR_SCENE",
            "expire_seconds": int(life.total_seconds()),
            "action_info": {"scene": {"scene_str": scene}},
        }
        url = self.call("qrcode/create", body).get("url")
        if not isinstance(url, str):
            raise WeChatError(None, "an answer without an address")
        return url

    BLOCKED_PAGE = 100
    """Messages a page of :meth:`blocked` holds at most."""

    def blocked(self, template: str, after: int) -> list[dict[str, Any]]:
        """Messages of our template that the platform's review has refused (queryblocktmplmsg), those numbered above
        ``after``: ``{id, openid, title, content, send_timestamp}``."""
        body = {
            "tmpl_msg_id": self._account.templates[template],
            "largest_id": after,
            "limit": self.BLOCKED_PAGE,
        }
        answer = self.call(f"{self._account.api_url}/wxa/sec/queryblocktmplmsg", body)
        found = answer.get("msginfo") or []
        return [found] if isinstance(found, dict) else list(found)

    def _guarded(self, post: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
        """With the present token; where WeChat refuses it, once more with another."""
        token = self._tokens.get()
        try:
            return post(token)
        except WeChatError as error:
            if error.errcode not in OLD_TOKEN:
                raise
        return post(self._tokens.replace(token))

    def _bulk_post(self, path: str, body: bytes) -> dict[str, Any]:
        """As :meth:`_post`, over connections that cost a quarter; for what is sent by the thousand."""
        try:
            status, content = self._bulk.post(path, body)
        except NoAnswer as error:
            raise WeChatError(None, str(error), reached=error.reached) from error
        if status != HTTPStatus.OK:
            raise WeChatError(None, f"HTTP {status}")
        try:
            answer = orjson.loads(content)
        except ValueError:
            answer = None
        errcode = answer.get("errcode", 0) if isinstance(answer, dict) else None
        if not isinstance(errcode, int):
            raise WeChatError(None, "an answer that is not WeChat's")
        if errcode:
            raise WeChatError(errcode, str(answer.get("errmsg") or "")[:500])
        return dict(answer)

    def _fetch_token(self, force: bool) -> tuple[str, int]:
        request = {
            "grant_type": "client_credential",
            "appid": self._account.app_id,
            "secret": self._account.app_secret,
            "force_refresh": force,
        }
        try:
            answer = self._send("stable_token", request, None)
            return str(answer["access_token"]), int(answer["expires_in"])
        except WeChatError as error:
            raise WeChatError(error.errcode, f"no token: {error.errmsg}", reached=False) from None
        except (KeyError, TypeError, ValueError):
            raise WeChatError(None, "an answer without a token", reached=False) from None

    def _send(self, path: str, body: Mapping[str, Any] | None, token: str | None) -> dict[str, Any]:
        try:
            parameters = {"access_token": token}
            if body is None:
                answer = self._library.get(path, params=parameters)
            else:
                answer = self._library.post(path, data=dict(body), params=parameters)
        except WeChatClientException as error:
            raise _refusal(error) from None
        except (requests.RequestException, OSError, ValueError) as error:
            # Only the kind: the text of such an error holds the address with the token.
            raise WeChatError(None, type(error).__name__, reached=not _never_left(error)) from None
        if not isinstance(answer, dict):
            raise WeChatError(None, "an answer that is not JSON")
        return answer

    def close(self) -> None:
        """Give the connections back."""
        self._bulk.close()
        self._library.close()


def _never_left(error: Exception) -> bool:
    """Whether no connection was made, so that the call cannot have been carried out."""
    cause = error.args[0] if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(getattr(cause, "reason", None), NewConnectionError)


def _refusal(error: WeChatClientException) -> WeChatError:
    if error.errcode is None:
        status = getattr(error.response, "status_code", "?")
        return WeChatError(None, f"HTTP {status}")
    return WeChatError(int(error.errcode), str(error.errmsg))
