"""The desk's forms for how strict the platforms are, for reviews and for clearing away."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, redirect, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from sandbox.settings import BadSettings
from sandbox.wechat.receipts import TEMPLATE_SEND
from sandbox.world import World

limits = Blueprint("limits", __name__, url_prefix="/_sandbox")

PLAIN = (
    *("openid_hourly_limit", "sensitive_words", "ip_whitelist", "client_msg_id_memory", "duplicate_window"),
    *("sms_interval", "sms_hourly_limit", "sms_daily_limit", "sms_blacklist"),
)
OF_SENDING = ("minute_limits", "daily_limits")
LISTS = str.maketrans("，、；;\n ", ",,,,,,")


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


@limits.post("/limits")
def set_limits() -> BaseResponse:
    """Only the fields that were sent are changed; an empty limit of sending is the platform's own."""
    form, settings = request.form, _world().settings
    values: dict[str, Any] = {}
    for name in PLAIN:
        if name in form:
            is_list = isinstance(getattr(settings, name), tuple)
            values[name] = form[name].translate(LISTS) if is_list else form[name] or 0
    for name in OF_SENDING:
        if name in form:
            kept = {path: count for path, count in getattr(settings, name).items() if path != TEMPLATE_SEND}
            values[name] = kept | ({TEMPLATE_SEND: form[name]} if form[name] else {})
    if "frozen" in form:
        values["secret_frozen"] = form["frozen"]
    try:
        _world().change_settings(values)
    except BadSettings:
        return redirect(url_for("desk.faults_page", problem="limits"), 303)
    return redirect(url_for("desk.faults_page"), 303)


@limits.post("/reviews")
def decide() -> BaseResponse:
    """End one review now."""
    msgid, verdict = request.form.get("msgid", ""), request.form.get("verdict", "")
    if not msgid.isascii() or not msgid.isdigit() or verdict not in ("pass", "block"):
        abort(400)
    _world().reviews.decide(int(msgid), verdict)
    return redirect(url_for("desk.faults_page"), 303)


@limits.post("/forget")
def forget() -> BaseResponse:
    """Clear one kind of what was sent away: messages, sms or mails."""
    world, what = _world(), request.form.get("what")
    clear = {"messages": world.forget_messages, "sms": world.sms.forget, "mails": world.mails.forget}
    if what not in clear:
        abort(400)
    clear[what]()
    return redirect(url_for("desk.faults_page"), 303)
