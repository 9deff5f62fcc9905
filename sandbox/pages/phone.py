"""One follower's phone: the chat with the public account, its menu, and what a tap opens."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson
from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from sandbox.chat import Follower
from sandbox.pages.views import CARDS, LINK, Views, is_web_address, page_of
from sandbox.wechat.authorize import become
from sandbox.wechat.subscriptions import ANSWERS, SCENES, answer_question, change_in_settings
from sandbox.world import World

phone = Blueprint("phone", __name__, url_prefix="/phone/<openid>")

NEWEST = 200
LONGEST_TEXT = 600
SWITCHES = ("following", "blocked", "snapshot", "blacklisted")


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _views() -> Views:
    views: Views = current_app.extensions["views"]
    return views


def _follower(openid: str) -> Follower:
    follower = _world().chats.followers.get(openid)
    if follower is None:
        abort(404)
    return follower


def _shape(follower: Follower) -> str:
    """Changes when the page must be drawn anew: menu, following or a switch."""
    switches = [getattr(follower, name) for name in SWITCHES]
    parts = [_views().menu(), switches, follower.consents]
    return sha256(orjson.dumps(parts)).hexdigest()[:12]


@phone.get("")
def chat_page(openid: str) -> BaseResponse:
    """The chat. Opened at the top of a window, this phone becomes «the» WeChat user."""
    follower = _follower(openid)
    chats = _world().chats
    entries = chats.of(openid)
    older = 0 if request.args.get("all") else max(0, len(entries) - NEWEST)
    shown = entries[older:]
    before = entries[older - 1] if older else None
    chats.saw(follower)
    page = Response(
        render_template(
            "phone.html",
            follower=follower,
            lines=_views().lines(shown, before),
            older=older,
            last=entries[-1].seq if entries else 0,
            menu=_views().menu(),
            shape=_shape(follower),
            templates=[t for t in _world().templates.values() if not t.subscription],
            subscriptions=[t for t in _world().templates.values() if t.subscription],
            framed=bool(request.args.get("frame")),
        )
    )
    return page if request.args.get("frame") else become(page, follower)


@phone.get("/news")
def news(openid: str) -> Response:
    """What is new after line ``after``: drawn lines, the clock, the page's shape."""
    follower = _follower(openid)
    text = request.args.get("after", "0")
    after = int(text) if text.isascii() and text.isdigit() else 0
    entries = _world().chats.of(openid, after)
    html = ""
    if entries:
        lines = _views().lines(entries, _world().chats.before(openid, entries[0].seq))
        html = render_template("lines.html", lines=lines, follower=follower)
        _world().chats.saw(follower)
    return jsonify(
        html=html,
        last=entries[-1].seq if entries else after,
        now=_views().now_label(),
        shape=_shape(follower),
    )


@phone.get("/open/<int:seq>")
def open_card(openid: str, seq: int) -> BaseResponse:
    """A tap on a card: the message's page, as this follower."""
    follower = _follower(openid)
    entry = _world().chats.line(seq)
    if entry is None or entry.openid != openid or entry.kind not in CARDS:
        abort(404)
    url = page_of(entry.body)
    if not is_web_address(url):
        abort(404)
    entry.body.setdefault("opened_at", _world().clock.now())
    _world().chats.keep_entry(entry)
    return become(redirect(url), follower)


@phone.get("/open/<int:seq>/<int:number>")
def open_link(openid: str, seq: int, number: int) -> BaseResponse:
    """A tap on a link in a reply, as this follower."""
    follower = _follower(openid)
    entry = _world().chats.line(seq)
    if entry is None or entry.openid != openid or entry.kind != "reply":
        abort(404)
    links = LINK.findall(entry.body["text"])
    if number >= len(links):
        abort(404)
    return become(redirect(links[number][0]), follower)


@phone.route("/menu/<int:column>", methods=["GET", "POST"])
@phone.route("/menu/<int:column>/<int:row>", methods=["GET", "POST"])
def tap_menu(openid: str, column: int, row: int | None = None) -> BaseResponse:
    """A menu entry: a page opens as this follower, or a click is reported."""
    follower = _follower(openid)
    button = _button(column, row)
    if button.get("type") == "view":
        _world().view(follower, button["url"])
        return become(redirect(button["url"]), follower)
    if request.method == "POST" and button.get("type") == "click":
        _world().click(follower, button["key"])
    return _home(openid)


def _button(column: int, row: int | None) -> dict[str, Any]:
    try:
        button: dict[str, Any] = _views().menu()[column]
        if row is not None:
            button = button["sub_button"][row]
    except (IndexError, KeyError, TypeError):
        abort(404)
    return button


@phone.post("/text")
def say_text(openid: str) -> BaseResponse:
    """A text typed into the chat."""
    text = request.form.get("text", "").strip()[:LONGEST_TEXT]
    if text:
        _world().write(_follower(openid), text)
    return _home(openid)


@phone.post("/switches")
def change_switches(openid: str) -> BaseResponse:
    """The ⋯ sheet: following, messages off, snapshot page, refused templates."""
    follower = _follower(openid)
    given = {name: request.form[name] == "1" for name in SWITCHES if name in request.form}
    _world().set_switches(follower, given)
    if "template" in request.form:
        _flip_template(follower, request.form["template"])
    if request.form.get("back") == "desk":
        return redirect(url_for("desk.index"), 303)
    return _home(openid)


@phone.post("/subscriptions")
def answer_subscription(openid: str) -> BaseResponse:
    """A tap in the question of a page, or, ``managed``, in the list of service notices."""
    follower, template = _follower(openid), _world().templates.get(request.form.get("template", ""))
    said = request.form.get("answer", "")
    if template is None or not template.subscription or said not in ANSWERS:
        abort(404)
    if request.form.get("managed"):
        change_in_settings(_world(), follower, {template.id: said})
    else:
        answer_question(_world(), follower, {template.id: said}, SCENES[0])
    return _home(openid)


def _flip_template(follower: Follower, template_id: str) -> None:
    if template_id not in _world().templates:
        abort(404)
    if template_id in follower.refused:
        follower.refused = [kept for kept in follower.refused if kept != template_id]
    else:
        follower.refused = [*follower.refused, template_id]
    _world().chats.keep(follower)


def _home(openid: str) -> BaseResponse:
    frame = request.form.get("frame") or None
    return redirect(url_for("phone.chat_page", openid=openid, frame=frame), 303)
