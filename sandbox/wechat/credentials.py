"""Tokens, tickets and quotas over HTTP."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from sandbox.errors import WeChatError
from sandbox.wechat.call import Call
from sandbox.wechat.quotas import DAILY_LIMITS, MINUTE
from sandbox.wechat.tokens import LIFE, Token

if TYPE_CHECKING:
    from sandbox.world import World


def check_account(world: World, appid: Any, secret: Any, wrong_secret: int) -> None:
    """Raises 41002, 40013, 41004, 40243 (frozen) or the code this call uses for a wrong secret."""
    if not appid:
        raise WeChatError(41002)
    if appid != world.settings.app_id:
        raise WeChatError(40013)
    if not secret:
        raise WeChatError(41004)
    if not hmac.compare_digest(str(secret).encode(), world.settings.app_secret.encode()):
        raise WeChatError(wrong_secret, "invalid appsecret")
    if world.settings.secret_frozen:
        raise WeChatError(40243)


def _check_caller(world: World, call: Call) -> None:
    """Raises 40164 when the account lists addresses and the caller's is none of them."""
    listed = world.settings.ip_whitelist
    if listed and call.caller not in listed:
        raise WeChatError(40164, f"invalid ip {call.caller} ipv6 ::ffff:{call.caller}, not in whitelist")


def token(world: World, call: Call) -> dict[str, Any]:
    """GET /cgi-bin/token: a new token each time."""
    if call.query.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    check_account(world, call.query.get("appid"), call.query.get("secret"), 40001)
    _check_caller(world, call)
    return _answer(world, world.tokens.new_token())


def stable_token(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/stable_token: the same token while it lives."""
    body = call.json
    if body.get("grant_type") != "client_credential":
        raise WeChatError(40002)
    check_account(world, body.get("appid"), body.get("secret"), 40125)
    _check_caller(world, call)
    force = body.get("force_refresh", False)
    if not isinstance(force, bool):
        raise WeChatError(47001)
    return _answer(world, world.tokens.stable_token(force))


def jsapi_ticket(world: World, call: Call) -> dict[str, Any]:
    """GET /cgi-bin/ticket/getticket?type=jsapi."""
    if call.query.get("type") != "jsapi":
        raise WeChatError(40097)
    ticket = world.tokens.ticket()
    seconds = int(ticket.expires - world.clock.now())
    return {"errcode": 0, "errmsg": "ok", "ticket": ticket.value, "expires_in": seconds}


def quota_get(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/openapi/quota/get: limit, used and left of one path today, and how many a minute."""
    path = call.json.get("cgi_path")
    limit = None
    if isinstance(path, str) and path in DAILY_LIMITS:
        limit = world.quotas.limit(path, world.settings.daily_limits)
    if limit is None or not isinstance(path, str):
        raise WeChatError(76021)
    used = world.quotas.used(path)
    quota = {"daily_limit": limit, "used": used, "remain": max(0, limit - used)}
    a_minute = world.quotas.minute_limit(path, world.settings.minute_limits)
    rate = {"call_count": a_minute, "refresh_second": MINUTE}
    return {"errcode": 0, "errmsg": "ok", "quota": quota, "rate_limit": rate}


def clear_quota(world: World, call: Call) -> dict[str, Any]:
    """POST /cgi-bin/clear_quota: ten times a month."""
    if call.json.get("appid") != world.settings.app_id:
        raise WeChatError(40013)
    world.quotas.clear()
    return {"errcode": 0, "errmsg": "ok"}


def _answer(world: World, token: Token) -> dict[str, Any]:
    left = min(LIFE, round(token.expires - world.clock.now()))
    return {"access_token": token.value, "expires_in": left}
