"""The browser's half of the web log-in: /connect/oauth2/authorize, and scanning a QR code.

Who is «in WeChat» is the follower whose phone was opened last in this browser, kept in a cookie.
Cookies do not know ports, so its name is one nobody else on this host uses.
"""

from __future__ import annotations

import re
from io import BytesIO
from urllib.parse import parse_qsl, quote, urlsplit

import segno
from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.chat import Follower
from sandbox.world import World

authorize = Blueprint("authorize", __name__)

AS_COOKIE = "sbx_as"
SCOPES = ("snsapi_base", "snsapi_userinfo")
STATE = re.compile(r"[a-zA-Z0-9]{0,128}")
# WeChat matches the link against this order and refuses any other.
ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]
OPTIONAL = {"forcePopup", "forceSnapShot", "as", "sbx_consent"}


class Refused(Exception):
    """The page WeChat shows instead of going on: code and sentence."""

    def __init__(self, code: int, sentence: str) -> None:
        self.code, self.sentence = code, sentence
        super().__init__(sentence)


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def who_is_in_wechat() -> Follower | None:
    """The follower named in the address, or the one whose phone was opened last."""
    openid = request.args.get("as") or request.cookies.get(AS_COOKIE, "")
    return _world().chats.followers.get(openid)


def become(response: BaseResponse, follower: Follower) -> BaseResponse:
    """From here on, the pages opened in this browser are opened by this follower."""
    response.set_cookie(AS_COOKIE, follower.openid, httponly=True, samesite="Lax", path="/")
    return response


@authorize.get("/connect/oauth2/authorize")
def authorize_page() -> BaseResponse | tuple[str, int]:
    """Checks the link, then sends the browser back with a code: silently, or after consent."""
    try:
        redirect_uri, scope, state = _checked()
    except Refused as refused:
        return render_template("refused.html", refused=refused), 400
    follower = who_is_in_wechat()
    if follower is None:
        candidates = _world().chats.recent(30)
        return render_template("choose.html", followers=candidates, title="请在微信里打开"), 200
    consent = request.args.get("sbx_consent")
    if scope == "snsapi_userinfo" and consent is None:
        return render_template("consent.html", follower=follower, scope=scope), 200
    if consent == "refuse":
        return redirect(url_for("phone.chat_page", openid=follower.openid))
    code = _world().codes.issue(follower, scope)
    glue = "&" if urlsplit(redirect_uri).query else "?"
    base, hash_mark, fragment = redirect_uri.partition("#")
    target = f"{base}{glue}code={code}&state={quote(state)}{hash_mark}{fragment}"
    return become(redirect(target, 302), follower)


def _checked() -> tuple[str, str, str]:
    """redirect_uri, scope, state. Raises Refused."""
    names = [name for name, _ in parse_qsl(request.query_string.decode(), keep_blank_values=True)]
    wanted = [name for name in names if name not in OPTIONAL]
    if wanted not in (ORDER, ORDER[:-1]):
        raise Refused(10001, f"链接参数缺失或顺序不对，应依次为 {'、'.join(ORDER)}")
    args = request.args
    if args["appid"] != _world().settings.app_id:
        raise Refused(10013, "AppID 参数错误")
    if args["response_type"] != "code":
        raise Refused(10002, "response_type 应为 code")
    if args["scope"] not in SCOPES:
        raise Refused(10005, "scope 参数错误或没有 scope 权限")
    if not STATE.fullmatch(args.get("state", "")):
        raise Refused(10015, "state 只能是不超过 128 个字节的字母和数字")
    target = urlsplit(args["redirect_uri"])
    domain = _world().settings.h5_domain
    if target.scheme not in ("http", "https") or target.netloc != domain:
        raise Refused(10003, f"redirect_uri 域名与后台配置不一致，应为 {domain}")
    return args["redirect_uri"], args["scope"], args.get("state", "")


@authorize.get("/cgi-bin/showqrcode")
def qrcode_image() -> Response:
    """The picture of a QR code with a scene."""
    scene = _world().scenes.by_ticket(request.args.get("ticket", ""))
    if scene is None:
        return Response("ticket 无效", 404, content_type="text/plain; charset=utf-8")
    picture = BytesIO()
    address = f"{request.host_url.rstrip('/')}/q/{scene.key}"
    segno.make(address, error="m").save(picture, kind="png", scale=10, border=4)
    return Response(picture.getvalue(), content_type="image/png")


@authorize.route("/q/<key>", methods=["GET", "POST"])
def scan_page(key: str) -> BaseResponse | tuple[str, int]:
    """What happens when the code is scanned: choose whose phone does it."""
    world = _world()
    scene = world.scenes.by_key(key)
    if scene is None or not world.scenes.is_alive(scene):
        return render_template("refused.html", refused=Refused(0, "二维码已过期")), 404
    follower = world.chats.followers.get(request.form.get("openid", ""))
    if request.method == "POST" and follower:
        world.scan(follower, scene)
        target = url_for("phone.chat_page", openid=follower.openid)
        return become(redirect(target, 303), follower)
    followers = world.chats.recent(30)
    return render_template("choose.html", followers=followers, title="谁来扫这个码", scan=key), 200
