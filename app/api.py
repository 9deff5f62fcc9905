"""The OpenAPI side of the API: every error is application/problem+json, every act names its headers."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask
from flask_smorest import Api
from marshmallow import INCLUDE, Schema, fields

PROBLEM_JSON = "application/problem+json"


class FieldError(Schema):
    """One wrong field."""

    pointer = fields.String(required=True, metadata={"description": "JSON pointer"})
    detail = fields.String(required=True)


class LaneHolder(Schema):
    """What holds the lane."""

    class Meta:
        """Further members may come."""

        unknown = INCLUDE

    kind = fields.String(required=True)
    title = fields.String(required=True)


class ProblemDocument(Schema):
    """RFC 9457: what was refused and why, in a sentence for the person."""

    class Meta:
        """RFC 9457 allows further members, and clients ignore those they do not know."""

        unknown = INCLUDE

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "stable machine code"})
    instance = fields.String(required=True, metadata={"description": "request id"})
    errors = fields.List(fields.Nested(FieldError))
    state = fields.String(metadata={"description": "with not_now: the present state"})
    holder = fields.Nested(LaneHolder, metadata={"description": "with lane_held"})
    tries_left = fields.Integer(metadata={"description": "with wrong_pin"})
    since = fields.List(
        fields.Dict(keys=fields.String(), values=fields.String()),
        metadata={"description": "with stale: what happened meanwhile, {at, what, by}"},
    )


class ProblemApi(Api):  # type: ignore[misc]
    """flask-smorest without its own error format: the application has one error handler already."""

    ERROR_SCHEMA = ProblemDocument

    def _register_error_handlers(self) -> None:
        """Errors are the business of :mod:`app.http`."""


def make_api(app: Flask) -> ProblemApi:
    """The API object with its description's settings; blueprints are registered on it."""
    app.config.update(
        API_TITLE="去向 Quxiang",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
    )
    options = {
        "info": {"description": "毕业去向登记与线上签约。Times are RFC 3339 UTC, money in cents, errors problem+json."},
        "components": {
            "securitySchemes": {"access": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }
    return ProblemApi(app, spec_kwargs=options)


def description(app: Flask) -> dict[str, Any]:
    """The OpenAPI document as committed and served: problems under their own media type, who may call and with what."""
    document: dict[str, Any] = app.extensions["flask-smorest"]["apis"][""]["ext_obj"].spec.to_dict()
    for response in document["components"].get("responses", {}).values():
        _as_problem(response)
    for rule in app.url_map.iter_rules():
        path = document["paths"].get(_CONVERTER.sub(r"{\1}", rule.rule), {})
        for method in rule.methods or ():
            if operation := path.get(method.lower()):
                _complete(operation, app.view_functions[rule.endpoint], bool(rule.arguments))
    return document


_CONVERTER = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "format": "uuid"},
    "description": "The same for every repeat of one tap; kept 48 hours.",
}
IF_MATCH = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "pattern": '^"[0-9]+'},
    "description": "The ETag that was seen.",
}


def _complete(operation: dict[str, Any], view: Any, has_subject: bool) -> None:
    """What the decorators of a view demand: an access token of certain roles, a key, a version."""
    for status, response in operation.get("responses", {}).items():
        if str(status)[0] in "45":
            _as_problem(response)
    roles = getattr(view, "policy", ())
    operation["security"] = [{"access": []}] if roles else []
    if roles:
        operation["x-roles"] = [role.value for role in roles]
    if getattr(view, "acts", False):
        operation.setdefault("parameters", []).extend([IDEMPOTENCY_KEY] + ([IF_MATCH] if has_subject else []))


def _as_problem(response: dict[str, Any]) -> None:
    content = response.get("content")
    if content and "application/json" in content:
        content[PROBLEM_JSON] = content.pop("application/json")
