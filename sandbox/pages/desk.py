"""The list of phones, phones side by side, and the desk where time and faults are set."""

from __future__ import annotations

from typing import Any

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from werkzeug.wrappers import Response as BaseResponse

from sandbox.pages.views import Views
from sandbox.wechat.receipts import TEMPLATE_SEND as SEND
from sandbox.world import World

desk = Blueprint("desk", __name__)

SHOWN_PHONES = 24
LONGEST_SKIP = 400 * 86400

# What can be made to go wrong with one choice: key → (label, rule).
PRESETS: dict[str, tuple[str, dict[str, Any]]] = {
    "busy": ("回 -1 系统繁忙", {"errcode": -1}),
    "token": ("回 40001 令牌失效", {"errcode": 40001}),
    "refused": ("回 43101 用户拒收", {"errcode": 43101}),
    "often": ("回 43117 对该用户发送过频", {"errcode": 43117}),
    "day": ("回 45009 当日额度用完", {"errcode": 45009}),
    "minute": ("回 45011 每分钟额度用完", {"errcode": 45011}),
    "frozen": ("回 40243 密钥被冻结", {"errcode": 40243}),
    "words": ("回 45168 含敏感词", {"errcode": 45168}),
    "gateway": ("回 HTTP 502，未执行", {"http_status": 502}),
    "lost": ("已执行，但回 HTTP 502", {"http_status": 502, "after": True}),
    "slow": ("已执行，10 秒后才回答", {"delay": 10.0, "after": True}),
    "missing": ("不发回执", {"receipt": "missing"}),
    "double": ("回执发两次", {"receipt": "double"}),
    "late": ("回执晚 30 秒", {"receipt": "late"}),
    "early": ("回执先于应答到达", {"receipt": "early"}),
    "failed": ("回执：failed: system failed", {"status": "failed: system failed"}),
    "zero": ("回执里 MsgID 为 0", {"msgid_zero": True}),
}


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _views() -> Views:
    views: Views = current_app.extensions["views"]
    return views


@desk.get("/")
def index() -> str:
    """The phones: newest talk first, with a search when there are many."""
    world = _world()
    words = request.args.get("q", "").strip()[:40]
    rows = [
        {
            "follower": follower,
            "preview": _views().preview(follower),
            "at": _last_at(follower.last),
            "unread": world.chats.unread(follower),
        }
        for follower in world.chats.recent(SHOWN_PHONES, words)
    ]
    total = len(world.chats.followers)
    return render_template("index.html", rows=rows, q=words, total=total, people=len(world.people))


def _last_at(seq: int) -> float:
    entry = _world().chats.line(seq)
    return entry.at if entry else 0.0


@desk.post("/followers")
def add_follower() -> BaseResponse:
    """A new phone, following or not yet."""
    nickname = request.form.get("nickname", "").strip()[:40]
    if not nickname:
        return redirect(url_for("desk.index"), 303)
    world = _world()
    follower = world.chats.add_follower(nickname, following=False)
    if request.form.get("following"):
        world.follow(follower)
    return redirect(url_for("phone.chat_page", openid=follower.openid), 303)


@desk.get("/wall")
def wall() -> BaseResponse:
    """Phones side by side; none chosen: the newest three."""
    followers = _world().chats.followers
    chosen = [followers[o] for o in request.args.getlist("phone") if o in followers]
    return Response(render_template("wall.html", followers=chosen or _world().chats.recent(3)))


@desk.get("/_sandbox")
def faults_page() -> str:
    """Time, callback, faults, tokens and templates on one page."""
    world = _world()
    return render_template(
        "desk.html",
        world=world,
        presets=PRESETS,
        rules=world.faults.shown(),
        pushes=world.callback.shown(20),
        counts=world.callback.counts,
        nicknames={o: f.nickname for o, f in world.chats.followers.items()},
        followers=world.chats.recent(),
        titles={t.id: t.title for t in world.templates.values()},
        describe=describe_rule,
    )


def describe_rule(rule: dict[str, Any]) -> str:
    """A rule in words: its preset's label, or its settings."""
    for label, preset in PRESETS.values():
        if all(rule[name] == value for name, value in ({"after": False} | preset).items()):
            return label
    skipped = ("id", "hits", "times", "path", "openid", "template_id")
    return "，".join(f"{name}={value}" for name, value in rule.items() if value and name not in skipped)


@desk.post("/_sandbox/rules")
def add_rule() -> BaseResponse:
    """One preset, narrowed to a follower, a template, a number of calls."""
    preset = PRESETS.get(request.form.get("what", ""))
    if preset is None:
        abort(400)
    times = request.form.get("times", "")
    rule = {
        "path": SEND,
        "openid": request.form.get("openid", ""),
        "template_id": request.form.get("template_id", ""),
        "times": int(times) if times.isascii() and times.isdigit() and int(times) else None,
    }
    _world().faults.add(rule | preset[1])
    return redirect(url_for("desk.faults_page"), 303)


@desk.post("/_sandbox/rules/clear")
def clear_rules() -> BaseResponse:
    """Remove one rule, or all."""
    number = request.form.get("id", "")
    _world().faults.remove(int(number) if number.isdigit() else None)
    return redirect(url_for("desk.faults_page"), 303)


@desk.post("/_sandbox/tokens")
def end_tokens() -> BaseResponse:
    """Every access token ends now."""
    _world().tokens.expire_all()
    return redirect(url_for("desk.faults_page"), 303)


@desk.post("/_sandbox/advance")
def skip_time() -> BaseResponse:
    """快进 from a page; then back to where it was pressed, which must be a page of ours."""
    try:
        seconds = float(request.form.get("seconds", ""))
    except ValueError:
        abort(400)
    if not 0 <= seconds <= LONGEST_SKIP:
        abort(400)
    _world().advance(seconds)
    _world().tell_product(seconds)
    back = request.form.get("back", "/")
    safe = back.startswith("/") and not back.startswith(("//", "/\\"))
    return redirect(back if safe else "/", 303)
