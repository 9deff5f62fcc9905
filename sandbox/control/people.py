"""Followers and what they do; CHSI's people."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from sandbox.chat import as_json
from sandbox.chsi.people import Person
from sandbox.control.base import Problem, answer, body_of, control, follower_of, number, world
from sandbox.wechat.subscriptions import ANSWERS, SCENES, answer_question, change_in_settings

SWITCHES = ("following", "blocked", "snapshot", "blacklisted")


@control.get("/followers")
def list_followers() -> Response:
    """Every follower with all switches."""
    followers = list(world().chats.followers.values())
    return answer({"followers": [as_json(follower) for follower in followers]})


@control.post("/followers")
def add_followers() -> Response:
    """One ``{nickname, openid?, following?}``, or many as ``{followers: [...]}``.

    An openid that exists gives that follower back. No event is pushed for people who were there
    «before»: they follow from the start.
    """
    body = body_of()
    wanted = body.get("followers", [body])
    if not isinstance(wanted, list):
        raise Problem(422, "bad_follower", "followers 应为数组")
    made = [_add_follower(raw) for raw in wanted]
    if "followers" in body:
        return answer({"followers": made}, 201)
    return answer(made[0], 201)


def _add_follower(raw: Any) -> dict[str, Any]:
    nickname = raw.get("nickname") if isinstance(raw, dict) else None
    if not isinstance(nickname, str) or not 1 <= len(nickname) <= 40:
        raise Problem(422, "bad_follower", "nickname 应为 1 到 40 个字")
    try:
        follower = world().chats.add_follower(nickname, str(raw.get("openid") or ""), bool(raw.get("following", True)))
    except ValueError:
        raise Problem(422, "bad_openid", "openid 应为 o 开头的 28 个字符") from None
    return as_json(follower)


@control.get("/followers/<openid>")
def one_follower(openid: str) -> Response:
    """One follower with all switches."""
    return answer(as_json(follower_of(openid)))


@control.patch("/followers/<openid>")
def change_follower(openid: str) -> Response:
    """``following`` (events are pushed), ``blocked``, ``snapshot``, ``blacklisted``, ``refused`` (template ids)."""
    follower, body = follower_of(openid), body_of()
    unknown = set(body) - {*SWITCHES, "refused"}
    if unknown or any(not isinstance(body[name], bool) for name in SWITCHES if name in body):
        raise Problem(422, "bad_follower", f"可改：{'、'.join(SWITCHES)}、refused")
    refused = body.get("refused", follower.refused)
    if not isinstance(refused, list) or set(refused) - set(world().templates):
        raise Problem(422, "bad_template", "refused 应为模板编号的数组")
    world().set_switches(follower, body)
    follower.refused = refused
    world().chats.keep(follower)
    return answer(as_json(follower))


@control.post("/followers/<openid>/text")
def write_text(openid: str) -> Response:
    """``{text}``: as if typed on the phone."""
    text = body_of().get("text")
    if not isinstance(text, str) or not 1 <= len(text) <= 600:
        raise Problem(422, "bad_text", "text 应为 1 到 600 个字")
    world().write(follower_of(openid), text)
    return answer({}, 202)


@control.post("/followers/<openid>/click")
def click_menu(openid: str) -> Response:
    """``{key}`` of a click button, or ``{url}`` of a view button."""
    follower, body = follower_of(openid), body_of()
    if isinstance(body.get("key"), str):
        world().click(follower, body["key"])
    elif isinstance(body.get("url"), str):
        world().view(follower, body["url"])
    else:
        raise Problem(422, "bad_click", "需要 key 或 url")
    return answer({}, 202)


@control.post("/followers/<openid>/scan")
def scan_code(openid: str) -> Response:
    """``{ticket}`` of a QR code with a scene."""
    follower = follower_of(openid)
    scene = world().scenes.by_ticket(str(body_of().get("ticket")))
    if scene is None or not world().scenes.is_alive(scene):
        raise Problem(422, "bad_ticket", "二维码不存在或已过期")
    world().scan(follower, scene)
    return answer({}, 202)


@control.post("/followers/<openid>/subscriptions")
def answer_subscriptions(openid: str) -> Response:
    """``{answers: {template_id: "accept" | "reject"}, scene?, managed?}``.

    What the follower taps when a page asks (``wx-open-subscribe``; ``scene`` 0, 1 or 2), or, ``managed``, what
    they switch in the list of service notices. Answers with the follower, ``consents`` included.
    """
    follower, body = follower_of(openid), body_of()
    answers, scene = body.get("answers"), body.get("scene", 0)
    known = {template.id for template in world().templates.values() if template.subscription}
    if not isinstance(answers, dict) or not answers or set(answers) - known or set(answers.values()) - set(ANSWERS):
        raise Problem(422, "bad_answers", "answers 应为订阅模板编号到 accept 或 reject 的对象")
    if scene not in SCENES or isinstance(scene, bool):
        raise Problem(422, "bad_scene", "scene 应为 0、1 或 2")
    if body.get("managed"):
        change_in_settings(world(), follower, answers)
    else:
        answer_question(world(), follower, answers, scene)
    return answer(as_json(follower))


@control.get("/followers/<openid>/chat")
def read_chat(openid: str) -> Response:
    """Every line of a chat after ``since``."""
    lines = world().chats.of(follower_of(openid).openid, number("since"))
    return answer({"chat": [as_json(entry) for entry in lines]})


@control.post("/chsi/people")
def register_people() -> Response:
    """``{people: [{username, password, name, id_number, phone?, email?, verified_person?}]}``."""
    raw = body_of().get("people")
    if not isinstance(raw, list):
        raise Problem(422, "bad_people", "people 应为数组")
    try:
        people = [Person.read(item) for item in raw]
    except ValueError as error:
        raise Problem(422, "bad_person", str(error)) from None
    world().people.register(people)
    return answer({"registered": len(people), "people": len(world().people)}, 201)


@control.get("/chsi/people")
def find_people() -> Response:
    """The first people whose name or account holds ``q``; without passwords or numbers."""
    found = world().people.search(request.args.get("q", ""), 50)
    people = [{"username": person.username, "name": person.name} for person in found]
    return answer({"people": people, "count": len(world().people)})
