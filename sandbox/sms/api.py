"""``POST /`` with X-TC-Action: the provider's one address."""

from __future__ import annotations

import time
import uuid
from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from sandbox.connection import ANNOUNCED, GARBAGE, ConnectionCut, NoAnswer, hold_back
from sandbox.faults import SMS, Rule
from sandbox.sms.gateway import Order, canonical
from sandbox.sms.refusals import Refusal, refuses_a_request
from sandbox.sms.signature import Signed, verify
from sandbox.world import World

sms_api = Blueprint("sms_api", __name__)

VERSION = "2021-01-11"
REGIONS = ("ap-beijing", "ap-guangzhou", "ap-nanjing")
MOST_NUMBERS = 200
LONGEST_SESSION = 512
REQUIRED = ("PhoneNumberSet", "SmsSdkAppId", "TemplateId")
KNOWN = {*REQUIRED, "SignName", "TemplateParamSet", "ExtendCode", "SessionContext", "SenderId"}


@sms_api.post("/")
def action() -> Response:
    """SendSms; every answer has status 200 and a RequestId, as long as there is one."""
    try:
        return _answer({"SendStatusSet": _send(current_app.extensions["world"])})
    except Refusal as refusal:
        return _answer({"Error": {"Code": refusal.code, "Message": refusal.message}})
    except _Spoilt as spoilt:
        return spoilt.response
    except ConnectionCut:
        return Response(NoAnswer(), headers=ANNOUNCED, direct_passthrough=True)


class _Spoilt(Exception):
    """A rule puts this in the answer's place."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__()


def _answer(body: dict[str, Any]) -> Response:
    whole = {"Response": body | {"RequestId": str(uuid.uuid4())}}
    return Response(orjson.dumps(whole), content_type="application/json")


def _send(world: World) -> list[dict[str, Any]]:
    """The SendStatusSet. Raises Refusal, ConnectionCut, _Spoilt."""
    settings = world.settings
    headers = {name.lower(): value for name, value in request.headers.items()}
    signed = Signed(request.method, request.query_string.decode(), headers, request.get_data())
    # The signature is held against real time: time that is skipped here is not skipped in the product's library.
    verify(signed, settings.sms_secret_id, settings.sms_secret_key, time.time())
    _check_action(headers)
    order = _order(signed.body)
    refused: dict[str, str] = {}
    for number in order.numbers:
        rule = world.faults.take("answer", SMS, canonical(number), order.template_id)
        if rule is None:
            continue
        if rule.code and not refuses_a_request(rule.code):
            hold_back(rule)
            refused[number] = rule.code
        else:
            return _spoil(rule, world, order, refused)
    return world.sms.send(order, refused)


def _spoil(rule: Rule, world: World, order: Order, refused: dict[str, str]) -> list[dict[str, Any]]:
    replaced = rule.loses_answer or bool(rule.code)
    result = world.sms.send(order, refused) if rule.after or not replaced else []
    hold_back(rule)
    if rule.code:
        raise Refusal(rule.code)
    if rule.garbage or rule.http_status:
        raise _Spoilt(Response(GARBAGE, rule.http_status or 200, content_type="text/html"))
    return result


def _check_action(headers: dict[str, str]) -> None:
    for name in ("Action", "Version", "Region"):
        if not headers.get(f"x-tc-{name.lower()}"):
            raise Refusal("MissingParameter", f"The request is missing a required parameter `{name}`.")
    if headers["x-tc-action"] != "SendSms":
        raise Refusal("InvalidAction")
    if headers["x-tc-version"] != VERSION:
        raise Refusal("NoSuchVersion")
    if headers["x-tc-region"] not in REGIONS:
        raise Refusal("UnsupportedRegion")


def _order(body: bytes) -> Order:
    try:
        raw = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise Refusal("InvalidParameter") from None
    if not isinstance(raw, dict):
        raise Refusal("InvalidParameter")
    for name in REQUIRED:
        if raw.get(name) is None:
            raise Refusal("MissingParameter", f"The request is missing a required parameter `{name}`.")
    for name in raw:
        if name not in KNOWN:
            raise Refusal("UnknownParameter", f"The parameter `{name}` is not recognized.")
    numbers, parameters = _texts(raw, "PhoneNumberSet"), _texts(raw, "TemplateParamSet")
    if not numbers:
        raise Refusal("MissingParameter.EmptyPhoneNumberSet")
    if len(numbers) > MOST_NUMBERS:
        raise Refusal("LimitExceeded.PhoneNumberCountLimit")
    app_id, template_id, sign, session = (_text(raw, name) for name in SINGLE)
    if len(session.encode()) >= LONGEST_SESSION:
        raise Refusal("InvalidParameterValue")
    return Order(numbers, app_id, sign, template_id, parameters, session)


SINGLE = ("SmsSdkAppId", "TemplateId", "SignName", "SessionContext")


def _text(raw: dict[str, Any], name: str) -> str:
    value = raw.get(name)
    if value is not None and not isinstance(value, str):
        raise Refusal("InvalidParameter", f"The parameter `{name}` must be a string.")
    return value or ""


def _texts(raw: dict[str, Any], name: str) -> list[str]:
    value = raw.get(name) or []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise Refusal("InvalidParameter", f"The parameter `{name}` must be a list of strings.")
    return value
