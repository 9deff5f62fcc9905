"""Clock, settings, records, pushes, faults, tokens and templates."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from sandbox.chat import Entry
from sandbox.control.base import Problem, answer, body_of, control, number, world
from sandbox.settings import BadSettings

MOST_MESSAGES = 100_000


@control.get("/state")
def state() -> Response:
    """Clock, counts and settings at a glance."""
    here = world()
    return answer(
        {
            "now": here.clock.now(),
            "skipped": here.clock.skipped,
            "followers": len(here.chats.followers),
            "messages": len(here.chats.templates),
            "people": len(here.people),
            "text_messages": len(here.sms.messages),
            "mails": len(here.mails),
            "tokens_issued": here.tokens.issued,
            "callbacks": here.callback.counts | {"waiting": here.timer.waiting()},
            "account": {"app_id": here.settings.app_id, "name": here.settings.account_name},
            "settings": here.settings.shown() | {"app_secret": "…", "aes_key": "…", "token": "…"},
        }
    )


@control.patch("/settings")
def change_settings() -> Response:
    """Callback address and mode, domains, delays, limits; for this run only."""
    try:
        world().change_settings(body_of())
    except BadSettings as error:
        raise Problem(422, "bad_setting", str(error)) from None
    return state()


@control.post("/clock/advance")
def advance_clock() -> Response:
    """``{seconds}``: skip time here and, when an advance URL is set, tell it the same."""
    seconds = body_of().get("seconds")
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
        raise Problem(422, "bad_seconds", "seconds 应为不小于 0 的数")
    now = world().advance(seconds)
    return answer({"now": now, "told": world().tell_product(seconds)})


@control.get("/messages")
def accepted_messages() -> Response:
    """Every template message accepted, exactly as it came: ``openid``, ``since`` (an answer's ``last``), ``limit``.

    ``msgid`` is a whole number above 2**53; ``at`` is in seconds by the sandbox's clock.
    """
    since, chats = number("since"), world().chats
    found = chats.accepted_after(since, number("limit") or MOST_MESSAGES, request.args.get("openid"))
    last = found[-1].seq if found else since
    return answer({"messages": [_accepted(entry) for entry in found], "last": last, "total": len(chats.templates)})


@control.delete("/messages")
def forget_messages() -> Response:
    """Empty every chat, review, repeat and memory of sends; followers, tokens and faults stay."""
    world().forget_messages()
    return answer({})


@control.get("/repeats")
def dropped_repeats() -> Response:
    """Sends dropped because their client_msg_id was remembered: ``[{openid, client_msg_id, msgid, count}]``.

    ``openid`` narrows; ``total`` is the sum of the counts shown.
    """
    found = world().repeats.of(request.args.get("openid"))
    return answer({"repeats": found, "total": sum(repeat.count for repeat in found)})


@control.get("/reviews")
def reviews() -> Response:
    """Messages answered with 40252, the newest first: record with msgid, verdict, ``due``, state."""
    return answer({"reviews": world().reviews.shown()})


@control.post("/reviews/<int:msgid>")
def decide_review(msgid: int) -> Response:
    """``{verdict: "pass" | "block"}``: end a review now."""
    verdict = body_of().get("verdict")
    if verdict not in ("pass", "block"):
        raise Problem(422, "bad_verdict", "verdict 应为 pass 或 block")
    if not world().reviews.decide(msgid, verdict):
        raise Problem(404, "no_review", "没有这条待审消息")
    return answer({})


def _accepted(entry: Entry) -> dict[str, Any]:
    return {"seq": entry.seq, "at": entry.at, **entry.body}


@control.get("/callbacks")
def pushed_callbacks() -> Response:
    """The newest pushes to the product, with tries and outcome, and the counts."""
    callback = world().callback
    return answer({"counts": callback.counts, "idle": callback.idle(), "pushes": callback.shown()})


@control.post("/callback/verify")
def verify_callback() -> Response:
    """Check the product's address as the platform does when it is entered."""
    return answer({"ok": world().callback.verify()})


@control.get("/faults")
def list_faults() -> Response:
    """The rules in force, and how often each was used."""
    return answer({"faults": world().faults.shown()})


@control.post("/faults")
def add_fault() -> Response:
    """One rule; see ``sandbox.faults.Rule`` for its fields."""
    try:
        rule = world().faults.add(body_of())
    except ValueError as error:
        raise Problem(422, "bad_fault", str(error)) from None
    return answer({"id": rule.id}, 201)


@control.delete("/faults")
def clear_faults() -> Response:
    """Remove every rule."""
    world().faults.remove()
    return answer({})


@control.delete("/faults/<int:number>")
def remove_fault(number: int) -> Response:
    """Remove one rule."""
    world().faults.remove(number)
    return answer({})


@control.post("/tokens/expire")
def expire_tokens() -> Response:
    """End every access token now."""
    return answer({"expired": world().tokens.expire_all()})


@control.get("/templates")
def list_templates() -> Response:
    """The template table in force."""
    return answer({"templates": list(world().templates.values())})


@control.post("/templates")
def define_template() -> Response:
    """``{id, title, fields: [{key, label, values?}]}``: add or replace."""
    try:
        template = world().define_template(body_of())
    except ValueError as error:
        raise Problem(422, "bad_template", str(error)) from None
    return answer(template, 201)
