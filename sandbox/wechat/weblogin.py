"""What a code is exchanged for (网页授权, the server's half)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.errors import WeChatError
from sandbox.wechat.call import Call
from sandbox.wechat.codes import TOKEN_LIFE
from sandbox.wechat.credentials import check_account

if TYPE_CHECKING:
    from sandbox.world import World


def exchange_code(world: World, call: Call) -> dict[str, Any]:
    """GET /sns/oauth2/access_token. ``is_snapshotuser`` appears only with a virtual identity."""
    query = call.query
    check_account(world, query.get("appid"), query.get("secret"), 40125)
    if query.get("grant_type") != "authorization_code":
        raise WeChatError(40002)
    if not query.get("code"):
        raise WeChatError(41008)
    grant, token, refresh = world.codes.exchange(query["code"])
    answer: dict[str, Any] = {
        "access_token": token,
        "expires_in": TOKEN_LIFE,
        "refresh_token": refresh,
        "openid": grant.openid,
        "scope": grant.scope,
    }
    return answer | ({"is_snapshotuser": 1} if grant.snapshot else {})


def refresh_token(world: World, call: Call) -> dict[str, Any]:
    """GET /sns/oauth2/refresh_token."""
    if call.query.get("appid") != world.settings.app_id:
        raise WeChatError(40013)
    if call.query.get("grant_type") != "refresh_token":
        raise WeChatError(40002)
    refresh = call.query.get("refresh_token", "")
    grant, token = world.codes.refresh(refresh)
    return {
        "access_token": token,
        "expires_in": TOKEN_LIFE,
        "refresh_token": refresh,
        "openid": grant.openid,
        "scope": grant.scope,
    }


def web_userinfo(world: World, call: Call) -> dict[str, Any]:
    """GET /sns/userinfo: nickname and picture. Raises 48001 with the base scope."""
    grant = world.codes.grant_of(call.query.get("access_token", ""), call.query.get("openid", ""))
    if grant.scope != "snsapi_userinfo":
        raise WeChatError(48001)
    follower = world.chats.followers.get(grant.openid)
    return {
        "openid": grant.openid,
        "nickname": follower.nickname if follower else "微信用户",
        "sex": 0,
        "language": "",
        "city": "",
        "province": "",
        "country": "",
        "headimgurl": "",
        "privilege": [],
    }


def web_auth(world: World, call: Call) -> dict[str, Any]:
    """GET /sns/auth: whether a web token still holds."""
    world.codes.grant_of(call.query.get("access_token", ""), call.query.get("openid", ""))
    return {"errcode": 0, "errmsg": "ok"}
