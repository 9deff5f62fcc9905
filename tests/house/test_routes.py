"""Every route says whom it is for; what is open to all stands on a list; the description is valid OpenAPI."""

from __future__ import annotations

import pytest
from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.access import Role
from tests.api.contract import CONVERTER, Contract

# Reached without a log-in, each with its reason.
OPEN = {
    ("GET", "/"): "sends a browser to the students' client",
    ("GET", "/<any(s, e, console, v):client>/"): "the clients' pages hold no data",
    ("GET", "/<any(s, e, console, v):client>/<path:path>"): "the clients' pages hold no data",
    ("GET", "/api/v1/codes"): "public tables",
    ("GET", "/api/v1/codes/destinations"): "public tables",
    ("GET", "/api/v1/codes/universities"): "public tables",
    ("GET", "/api/v1/downloads/<reference>"): "the signed, short-lived reference is the permission",
    ("GET", "/api/v1/files/<reference>"): "the signed, short-lived reference is the permission",
    ("GET", "/api/v1/openapi.json"): "the description",
    ("GET", "/api/v1/public/keys"): "public keys",
    ("GET", "/api/v1/public/schools"): "whom to call when a log-in fails",
    ("POST", "/api/v1/public/agreement-checks"): "a stranger checks a signed code and reads masked data",
    ("GET", "/api/v1/public/return-link"): "the one-time link in its header is the permission",
    ("POST", "/api/v1/public/return-link/uploads"): "the one-time link in its header is the permission",
    ("POST", "/api/v1/public/return-link/submission"): "the one-time link in its header is the permission",
    ("POST", "/api/v1/session"): "the log-in",
    ("POST", "/api/v1/session/refresh"): "the refresh cookie is the permission",
    ("DELETE", "/api/v1/session"): "the refresh cookie is the permission",
    ("GET", "/api/v1/wechat-bindings/<uuid:binding_id>"): "the journey's cookie says whose WeChat it is",
    ("POST", "/api/v1/wechat-bindings/<uuid:binding_id>/confirm"): "the journey's cookie says whose WeChat it is",
    ("POST", "/api/v1/wechat-bindings/<uuid:binding_id>/refuse"): "the journey's cookie says whose WeChat it is",
    ("GET", "/auth/chsi/start"): "the log-in",
    ("GET", "/auth/chsi/callback"): "the log-in",
    ("GET", "/auth/wechat/start"): "the log-in",
    ("GET", "/auth/wechat/callback"): "the log-in",
    ("GET", "/wechat/callback"): "WeChat signs its calls",
    ("POST", "/wechat/callback"): "WeChat signs its calls",
    ("POST", "/sms/report/<token>"): "the secret part of the address is the permission",
    ("GET", "/healthz"): "for the supervisor",
    ("GET", "/readyz"): "for the proxy",
    ("GET", "/metrics"): "kept from the public by the proxy",
}


def routes(app: Flask) -> list[tuple[str, str, object]]:
    """``(method, rule, view)`` of every route."""
    return [
        (method, rule.rule, app.view_functions[rule.endpoint])
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
    ]


def test_every_route_says_whom_it_is_for(app: Flask) -> None:
    unmarked = [(method, rule) for method, rule, view in routes(app) if not hasattr(view, "policy")]
    assert unmarked == [], "mark the view with needs(…) or open_to_all"


def test_what_is_open_to_all_stands_on_the_list_with_its_reason(app: Flask) -> None:
    found = {(method, rule) for method, rule, view in routes(app) if getattr(view, "policy", None) == ()}
    assert found == set(OPEN)


def test_no_route_is_for_the_clock(app: Flask) -> None:
    assert all(Role.CLOCK not in getattr(view, "policy", ()) for _, _, view in routes(app))


def test_the_description_is_valid(contract: Contract) -> None:
    OpenAPIV31SpecValidator(contract.document).validate()


@pytest.mark.parametrize("prefix", ["/api/v1", "/auth"])
def test_every_route_of_the_api_is_described(app: Flask, contract: Contract, prefix: str) -> None:
    undescribed = [
        (method, rule)
        for method, rule, _ in routes(app)
        if rule.startswith(prefix)
        and rule != "/api/v1/openapi.json"
        and method.lower() not in contract.document["paths"].get(CONVERTER.sub(r"{\1}", rule), {})
    ]
    assert undescribed == []


def test_every_act_names_the_headers_it_needs(contract: Contract) -> None:
    acts = 0
    for path, operations in contract.document["paths"].items():
        for method, operation in operations.items():
            if not isinstance(operation, dict) or "x-roles" not in operation or method != "post":
                continue
            headers = {one["name"] for one in operation.get("parameters", []) if one.get("in") == "header"}
            name = path.rpartition("/")[2]
            if name in ("accept", "refuse", "take-back", "withdraw", "extend", "replace", "approve", "reject"):
                assert headers >= {"Idempotency-Key", "If-Match"}, path
                acts += 1
    assert acts == 11
