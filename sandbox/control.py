"""``/_sandbox/api``: what tests, benchmarks and the demo set and read, in JSON.

Refusals are problem+json (RFC 9457) with a stable ``code``.
"""

from __future__ import annotations

from typing import Any

import orjson
import urllib3
from flask import Blueprint, Response, current_app, request

from sandbox.chat import Entry, Follower, as_json
from sandbox.chsi.people import Person
from sandbox.settings import BadSettings
from sandbox.world import World

control = Blueprint("control", __name__, url_prefix="/_sandbox/api")

SWITCHES = ("following", "blocked", "snapshot")
MOST_MESSAGES = 100_000


class Problem(Exception):
    """A refusal: status, stable code, Chinese sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail)


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _json(value: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, content_type="application/json")


@control.errorhandler(Problem)
def refuse(problem: Problem) -> Response:
    """A refusal as problem+json."""
    body = {"status": problem.status, "code": problem.code, "detail": problem.detail}
    return Response(orjson.dumps(body), problem.status, content_type="application/problem+json")


def _body() -> dict[str, Any]:
    try:
        value = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError:
        raise Problem(400, "not_json", "请求体不是 JSON") from None
    if not isinstance(value, dict):
        raise Problem(400, "not_json", "请求体应为 JSON 对象")
    return value


def _follower(openid: str) -> Follower:
    follower = _world().chats.followers.get(openid)
    if follower is None:
        raise Problem(404, "no_follower", "没有这个用户")
    return follower


@control.get("/state")
def state() -> Response:
    """Clock, counts and settings at a glance."""
    world = _world()
    return _json(
        {
            "now": world.clock.now(),
            "skipped": world.clock.skipped,
            "followers": len(world.chats.followers),
            "messages": len(world.chats.templates),
            "people": len(world.people),
            "tokens_issued": world.tokens.issued,
            "callbacks": world.callback.counts | {"waiting": world.timer.waiting()},
            "account": {"app_id": world.settings.app_id, "name": world.settings.account_name},
            "settings": world.settings.shown() | {"app_secret": "…", "aes_key": "…", "token": "…"},
        }
    )


@control.patch("/settings")
def change_settings() -> Response:
    """Callback address and mode, domains, delays, limits; for this run only."""
    try:
        _world().change_settings(_body())
    except BadSettings as error:
        raise Problem(422, "bad_setting", str(error)) from None
    return state()


@control.post("/clock/advance")
def advance_clock() -> Response:
    """``{seconds}``: skip time here and, when an advance URL is set, tell it the same."""
    seconds = _body().get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise Problem(422, "bad_seconds", "seconds 应为不小于 0 的数")
    now = _world().advance(seconds)
    return _json({"now": now, "told": tell_product(seconds)})


def tell_product(seconds: float) -> str | None:
    """Ask the product to skip the same time; what it answered, or None when none is set."""
    url = _world().settings.advance_url
    if not url:
        return None
    body = orjson.dumps({"seconds": seconds})
    headers = {"Content-Type": "application/json"}
    try:
        answer = urllib3.request("POST", url, body=body, headers=headers, timeout=5, retries=False)
    except urllib3.exceptions.HTTPError as error:
        return type(error).__name__
    return str(answer.status)


@control.get("/followers")
def list_followers() -> Response:
    """Every follower with all switches."""
    followers = list(_world().chats.followers.values())
    return _json({"followers": [as_json(follower) for follower in followers]})


@control.post("/followers")
def add_followers() -> Response:
    """One ``{nickname, openid?, following?}``, or many as ``{followers: [...]}``.

    An openid that exists gives that follower back. No event is pushed for people who were there
    «before»: they follow from the start.
    """
    body = _body()
    wanted = body.get("followers", [body])
    if not isinstance(wanted, list):
        raise Problem(422, "bad_follower", "followers 应为数组")
    made = [_add_follower(raw) for raw in wanted]
    if "followers" in body:
        return _json({"followers": made}, 201)
    return _json(made[0], 201)


def _add_follower(raw: Any) -> dict[str, Any]:
    nickname = raw.get("nickname") if isinstance(raw, dict) else None
    if not isinstance(nickname, str) or not 1 <= len(nickname) <= 40:
        raise Problem(422, "bad_follower", "nickname 应为 1 到 40 个字")
    try:
        follower = _world().chats.add_follower(nickname, str(raw.get("openid") or ""), bool(raw.get("following", True)))
    except ValueError:
        raise Problem(422, "bad_openid", "openid 应为 o 开头的 28 个字符") from None
    return as_json(follower)


@control.get("/followers/<openid>")
def one_follower(openid: str) -> Response:
    """One follower with all switches."""
    return _json(as_json(_follower(openid)))


@control.patch("/followers/<openid>")
def change_follower(openid: str) -> Response:
    """``following`` (events are pushed), ``blocked``, ``snapshot``, ``refused`` (template ids)."""
    follower, body = _follower(openid), _body()
    unknown = set(body) - {*SWITCHES, "refused"}
    if unknown or any(not isinstance(body[name], bool) for name in SWITCHES if name in body):
        raise Problem(422, "bad_follower", "可改：following、blocked、snapshot、refused")
    refused = body.get("refused", follower.refused)
    if not isinstance(refused, list) or set(refused) - set(_world().templates):
        raise Problem(422, "bad_template", "refused 应为模板编号的数组")
    set_switches(follower, body)
    follower.refused = refused
    _world().chats.keep(follower)
    return _json(as_json(follower))


def set_switches(follower: Follower, values: dict[str, Any]) -> None:
    """Follow or leave as a person would, and set the silent switches."""
    world = _world()
    following = values.get("following", follower.following)
    if following and not follower.following:
        world.follow(follower)
    elif follower.following and not following:
        world.unfollow(follower)
    follower.blocked = values.get("blocked", follower.blocked)
    follower.snapshot = values.get("snapshot", follower.snapshot)
    world.chats.keep(follower)


@control.post("/followers/<openid>/text")
def write_text(openid: str) -> Response:
    """``{text}``: as if typed on the phone."""
    text = _body().get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= 600:
        raise Problem(422, "bad_text", "text 应为 1 到 600 个字")
    _world().write(_follower(openid), text)
    return _json({}, 202)


@control.post("/followers/<openid>/click")
def click_menu(openid: str) -> Response:
    """``{key}`` of a click button, or ``{url}`` of a view button."""
    follower, body = _follower(openid), _body()
    if isinstance(body.get("key"), str):
        _world().click(follower, body["key"])
    elif isinstance(body.get("url"), str):
        _world().view(follower, body["url"])
    else:
        raise Problem(422, "bad_click", "需要 key 或 url")
    return _json({}, 202)


@control.post("/followers/<openid>/scan")
def scan_code(openid: str) -> Response:
    """``{ticket}`` of a QR code with a scene."""
    follower = _follower(openid)
    scene = _world().scenes.by_ticket(str(_body().get("ticket")))
    if scene is None or not _world().scenes.is_alive(scene):
        raise Problem(422, "bad_ticket", "二维码不存在或已过期")
    _world().scan(follower, scene.scene, scene.ticket)
    return _json({}, 202)


@control.get("/followers/<openid>/chat")
def read_chat(openid: str) -> Response:
    """Every line of a chat after ``since``."""
    lines = _world().chats.of(_follower(openid).openid, _number("since"))
    return _json({"chat": [as_json(entry) for entry in lines]})


@control.get("/messages")
def accepted_messages() -> Response:
    """Every template message accepted, exactly as it came: ``openid``, ``since`` (a seq), ``limit``.

    ``msgid`` is a whole number above 2**53; ``at`` is in seconds by the sandbox's clock.
    """
    found = _world().chats.accepted_after(_number("since"))
    openid = request.args.get("openid")
    if openid is not None:
        found = [entry for entry in found if entry.openid == openid]
    found = found[: _number("limit") or MOST_MESSAGES]
    last = found[-1].seq if found else _number("since")
    return _json({"messages": [_accepted(entry) for entry in found], "last": last})


def _accepted(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "at": entry.at, **entry.body}


def _number(name: str) -> int:
    text = request.args.get(name, "0")
    if not text.isascii() or not text.isdigit():
        raise Problem(422, "bad_number", f"{name} 应为不小于 0 的整数")
    return int(text)


@control.get("/callbacks")
def pushed_callbacks() -> Response:
    """The newest pushes to the product, with tries and outcome, and the counts."""
    world = _world()
    shown = {"counts": world.callback.counts, "idle": world.callback.idle()}
    return _json(shown | {"pushes": world.callback.shown()})


@control.post("/callback/verify")
def verify_callback() -> Response:
    """Check the product's address as the platform does when it is entered."""
    return _json({"ok": _world().callback.verify()})


@control.get("/faults")
def list_faults() -> Response:
    """The rules in force, and how often each was used."""
    return _json({"faults": _world().faults.shown()})


@control.post("/faults")
def add_fault() -> Response:
    """One rule; see ``sandbox.faults.Rule`` for its fields."""
    try:
        rule = _world().faults.add(_body())
    except ValueError as error:
        raise Problem(422, "bad_fault", str(error)) from None
    return _json({"id": rule.id}, 201)


@control.delete("/faults")
def clear_faults() -> Response:
    """Remove every rule."""
    _world().faults.remove()
    return _json({})


@control.delete("/faults/<int:number>")
def remove_fault(number: int) -> Response:
    """Remove one rule."""
    _world().faults.remove(number)
    return _json({})


@control.post("/tokens/expire")
def expire_tokens() -> Response:
    """End every access token now."""
    return _json({"expired": _world().tokens.expire_all()})


@control.get("/templates")
def list_templates() -> Response:
    """The template table in force."""
    return _json({"templates": list(_world().templates.values())})


@control.post("/templates")
def define_template() -> Response:
    """``{id, title, fields: [{key, label, values?}]}``: add or replace."""
    try:
        template = _world().define_template(_body())
    except ValueError as error:
        raise Problem(422, "bad_template", str(error)) from None
    return _json(template, 201)


@control.post("/chsi/people")
def register_people() -> Response:
    """``{people: [{username, password, name, id_number, phone?, email?, verified_person?}]}``."""
    raw = _body().get("people")
    if not isinstance(raw, list):
        raise Problem(422, "bad_people", "people 应为数组")
    try:
        people = [Person.read(item) for item in raw]
    except ValueError as error:
        raise Problem(422, "bad_person", str(error)) from None
    _world().people.register(people)
    return _json({"registered": len(people), "people": len(_world().people)}, 201)


@control.get("/chsi/people")
def find_people() -> Response:
    """The first people whose name or account holds ``q``; without passwords or numbers."""
    found = _world().people.search(request.args.get("q", ""), 50)
    people = [{"username": person.username, "name": person.name} for person in found]
    return _json({"people": people, "count": len(_world().people)})
