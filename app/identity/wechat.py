"""Who is holding the phone: WeChat's web log-in (网页授权, snsapi_base), through wechatpy with its gaps closed."""

from __future__ import annotations

import uuid
from functools import cache
from urllib.parse import quote

import requests
import structlog
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert
from wechatpy.exceptions import WeChatOAuthException
from wechatpy.oauth import WeChatOAuth

from app.identity.upstream import PatientSession
from app.models import WechatFollower
from app.problems import UpstreamAway
from app.settings import Settings

log = structlog.get_logger("app.identity")

CODE_USED = 40163
CODE_INVALID = (40029, 41008)


class CodeSpent(Exception):
    """The code was used before or never was one: start again, once."""


class SnapshotUser(Exception):
    """WeChat shows a snapshot page (快照页): the openid is a virtual one and must never be bound."""


class Taken(Exception):
    """This WeChat user belongs to another account."""


class AccountTaken(Exception):
    """This account is bound to another WeChat user."""


class _OAuth(WeChatOAuth):  # type: ignore[misc]
    """wechatpy's log-in against our settings. One object per request, since it keeps the user it met."""

    def __init__(self, settings: Settings, redirect_uri: str, state: str = "") -> None:
        super().__init__(
            settings.wechat.app_id, settings.wechat.app_secret, redirect_uri, "snsapi_base", quote(state, safe="")
        )
        self.API_BASE_URL = settings.wechat.api_url + "/"
        self.OAUTH_BASE_URL = settings.wechat.open_url + "/connect/"
        self._http = _session()  # wechatpy's own has no time-out


@cache
def _session() -> requests.Session:
    return PatientSession()


def authorize_url(settings: Settings, state: str) -> str:
    """Where to send the browser to learn whose WeChat it is, without asking the person."""
    return str(_OAuth(settings, f"{settings.public_url}/auth/wechat/callback", state).authorize_url)


def openid_of(settings: Settings, code: str) -> str:
    """The openid a code stands for. Raises CodeSpent, SnapshotUser, :class:`UpstreamAway`."""
    try:
        answer = _OAuth(settings, "").fetch_access_token(code)
    except WeChatOAuthException as error:
        if error.errcode == CODE_USED or error.errcode in CODE_INVALID:
            raise CodeSpent from None
        log.warning("wechat_refused_log_in", errcode=error.errcode)
        raise UpstreamAway from None
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        log.warning("wechat_away", reason=type(error).__name__)
        raise UpstreamAway from None
    if answer.get("is_snapshotuser"):
        raise SnapshotUser
    return str(answer["openid"])


def account_of(connection: Connection, app_id: str, openid: str) -> uuid.UUID | None:
    """The account a WeChat user is bound to."""
    statement = select(WechatFollower.account_id).where(
        WechatFollower.app_id == app_id, WechatFollower.openid == openid
    )
    return connection.execute(statement).scalar_one_or_none()


def bind(connection: Connection, app_id: str, openid: str, account_id: uuid.UUID) -> None:
    """Bind a WeChat user to an account; the same pair twice is one binding.

    Raises Taken, AccountTaken. The key is public account and openid together, and both sides are unique in the
    database, so that two log-ins at the same moment cannot bind twice.
    """
    other = connection.scalar(
        select(WechatFollower.openid).where(
            WechatFollower.app_id == app_id,
            WechatFollower.account_id == account_id,
            WechatFollower.openid != openid,
        )
    )
    if other is not None:
        raise AccountTaken
    bound = connection.execute(
        insert(WechatFollower)
        .values(app_id=app_id, openid=openid, account_id=account_id, bound_at=func.now())
        .on_conflict_do_update(
            index_elements=[WechatFollower.app_id, WechatFollower.openid],
            set_={
                "account_id": account_id,
                "bound_at": func.coalesce(WechatFollower.bound_at, func.now()),
            },
            where=WechatFollower.account_id.is_(None) | (WechatFollower.account_id == account_id),
        )
        .returning(WechatFollower.openid)
    )
    if bound.first() is None:
        raise Taken


def unbind(connection: Connection, account_id: uuid.UUID) -> bool:
    """Take an account's WeChat users away from it; whether there were any."""
    statement = update(WechatFollower).where(WechatFollower.account_id == account_id)
    return connection.execute(statement.values(account_id=None, bound_at=None)).rowcount > 0
