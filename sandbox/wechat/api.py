"""The table of the platform's calls, and the one way through it.

It answers before Flask is asked: tens of thousands of messages go through here in a benchmark, and
the stand-in must not be what is measured.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.errors import WeChatError
from sandbox.wechat import account, credentials, messages, weblogin
from sandbox.wechat.call import Call

if TYPE_CHECKING:
    from sandbox.world import World

Endpoint = Callable[["World", Call], dict[str, Any]]
WSGI = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

# Said by the real platform in just these words, "encoding" included.
HEADERS = ("Content-Type", "application/json; encoding=utf-8")
CUT = 0
"""Stands for a status where the answer breaks off in the middle."""


@dataclass(frozen=True, slots=True)
class Route:
    """``open`` calls bring other credentials than an access_token."""

    method: str
    endpoint: Endpoint
    open: bool = False


ROUTES: dict[str, Route] = {
    "/cgi-bin/token": Route("GET", credentials.token, open=True),
    "/cgi-bin/stable_token": Route("POST", credentials.stable_token, open=True),
    "/cgi-bin/ticket/getticket": Route("GET", credentials.jsapi_ticket),
    "/cgi-bin/openapi/quota/get": Route("POST", credentials.quota_get),
    "/cgi-bin/clear_quota": Route("POST", credentials.clear_quota),
    messages.SEND: Route("POST", messages.send_template),
    "/cgi-bin/message/custom/send": Route("POST", messages.send_custom),
    "/cgi-bin/user/info": Route("GET", account.user_info),
    "/cgi-bin/qrcode/create": Route("POST", account.qrcode_create),
    "/cgi-bin/menu/create": Route("POST", account.menu_create),
    "/cgi-bin/menu/get": Route("GET", account.menu_get),
    "/cgi-bin/menu/delete": Route("GET", account.menu_delete),
    "/sns/oauth2/access_token": Route("GET", weblogin.exchange_code, open=True),
    "/sns/oauth2/refresh_token": Route("GET", weblogin.refresh_token, open=True),
    "/sns/userinfo": Route("GET", weblogin.web_userinfo, open=True),
    "/sns/auth": Route("GET", weblogin.web_auth, open=True),
}
PAGES_UNDER_CGI_BIN = {"/cgi-bin/showqrcode"}


class WeChatApi:
    """WSGI: the platform's calls here, everything else to ``pages``."""

    def __init__(self, world: World, pages: WSGI) -> None:
        self.world = world
        self._pages = pages

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """One request."""
        path = environ["PATH_INFO"]
        route = ROUTES.get(path)
        if route is None and (path in PAGES_UNDER_CGI_BIN or not path.startswith(("/cgi-bin/", "/sns/"))):
            return self._pages(environ, start_response)
        status, body = self._answer(route, environ)
        if status == CUT:
            # The server ends a connection on which it cannot keep the promised length.
            start_response("200 OK", [HEADERS, ("Content-Length", "64")])
            return [b'{"errcode":']
        data = orjson.dumps(body) if status == 200 else b"upstream error"
        line = "200 OK" if status == 200 else f"{status} Fault"
        start_response(line, [HEADERS, ("Content-Length", str(len(data)))])
        return [data]

    def _answer(self, route: Route | None, environ: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        call = Call.read(environ)
        if self.world.settings.answer_delay:
            time.sleep(self.world.settings.answer_delay)
        try:
            if route is None:
                raise WeChatError(40066)
            if environ["REQUEST_METHOD"] != route.method:
                raise WeChatError(43001 if route.method == "GET" else 43002)
            return self._through_faults(route, call)
        except WeChatError as error:
            return 200, error.body()

    def _through_faults(self, route: Route, call: Call) -> tuple[int, dict[str, Any]]:
        world = self.world
        if not route.open:
            world.tokens.check(call.query.get("access_token", ""))
        rule = None
        if world.faults.rules:
            rule = world.faults.for_answer(call.path, call.hint("touser"), call.hint("template_id"))
        if rule is None:
            return 200, self._carry_out(route, call)
        body: dict[str, Any] = {}
        if rule.after or not (rule.errcode or rule.http_status or rule.cut):
            body = self._carry_out(route, call)
        time.sleep(rule.delay)
        if rule.errcode:
            raise WeChatError(rule.errcode)
        return CUT if rule.cut else rule.http_status or 200, body

    def _carry_out(self, route: Route, call: Call) -> dict[str, Any]:
        self.world.quotas.count(call.path, self.world.settings.daily_limits)
        return route.endpoint(self.world, call)
