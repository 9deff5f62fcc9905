"""What the control calls share: the blueprint, refusals, and how bodies are read and answered."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Blueprint, Response, current_app, request

from sandbox.chat import Follower
from sandbox.world import World

control = Blueprint("control", __name__, url_prefix="/_sandbox/api")


class Problem(Exception):
    """A refusal: status, stable code, Chinese sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status, self.code, self.detail = status, code, detail
        super().__init__(detail)


@control.errorhandler(Problem)
def refuse(problem: Problem) -> Response:
    """A refusal as problem+json."""
    body = {"status": problem.status, "code": problem.code, "detail": problem.detail}
    return Response(orjson.dumps(body), problem.status, content_type="application/problem+json")


def world() -> World:
    """The sandbox this request belongs to."""
    found: World = current_app.extensions["world"]
    return found


def answer(value: Any, status: int = 200) -> Response:
    """Any JSON-able value or dataclass, in raw UTF-8."""
    return Response(orjson.dumps(value), status, content_type="application/json")


def body_of() -> dict[str, Any]:
    """The request's JSON object, whatever its content type. Raises Problem."""
    try:
        value = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError:
        raise Problem(400, "not_json", "请求体不是 JSON") from None
    if not isinstance(value, dict):
        raise Problem(400, "not_json", "请求体应为 JSON 对象")
    return value


def follower_of(openid: str) -> Follower:
    """The follower in the address. Raises Problem."""
    follower = world().chats.followers.get(openid)
    if follower is None:
        raise Problem(404, "no_follower", "没有这个用户")
    return follower


def number(name: str) -> int:
    """A whole number of the query, 0 when absent. Raises Problem."""
    text = request.args.get(name, "0")
    if not text.isascii() or not text.isdigit():
        raise Problem(422, "bad_number", f"{name} 应为不小于 0 的整数")
    return int(text)
