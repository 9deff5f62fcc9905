"""The list of phones, phones side by side, and the desk where time and faults are set."""

from __future__ import annotations

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

from sandbox.pages.presets import GROUPS, describe_moments, describe_rule, rule_of
from sandbox.pages.views import Views
from sandbox.wechat.receipts import TEMPLATE_SEND as SEND
from sandbox.world import World

desk = Blueprint("desk", __name__)

SHOWN_PHONES = 24
SHOWN_ROWS = 20
LONGEST_SKIP = 400 * 86400


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
    """Time, callback, faults, limits, reviews, channels, tokens and templates on one page."""
    world = _world()
    return render_template(
        "desk.html",
        world=world,
        groups=GROUPS,
        rules=world.faults.shown(),
        pushes=world.callback.shown(20),
        counts=world.callback.counts,
        nicknames={o: f.nickname for o, f in world.chats.followers.items()},
        followers=world.chats.recent(),
        titles={t.id: t.title for t in world.templates.values()},
        describe=describe_rule,
        moments=describe_moments,
        reviews=world.reviews.shown()[:SHOWN_ROWS],
        repeats=sorted(world.repeats.of(), key=lambda repeat: -repeat.count)[:SHOWN_ROWS],
        repeated=sum(repeat.count for repeat in world.repeats.of()),
        send_path=SEND,
        problem=request.args.get("problem"),
    )


@desk.post("/_sandbox/rules")
def add_rule() -> BaseResponse:
    """One preset, narrowed to a follower or an address, a template, a number of calls, a moment."""
    try:
        rule = rule_of(request.form)
        _world().faults.add(rule)
    except ValueError:
        return redirect(url_for("desk.faults_page", problem="rule"), 303)
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
