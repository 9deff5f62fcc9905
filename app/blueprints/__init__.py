"""HTTP by audience: each view translates a request into one workflow or query, and its outcome into an answer."""

from __future__ import annotations

from typing import Any


def described() -> list[Any]:
    """The API's blueprints, in the order of its description."""
    from app.blueprints import agreements, auth, codes, employer, home, invitations, me, messages, notices, reviews

    modules = (auth, me, home, invitations, employer, reviews, agreements, messages, notices, codes)
    return [module.blueprint for module in modules]


def plain() -> list[Any]:
    """What is not part of the described API: WeChat's callback, health, pages."""
    from app.blueprints import health, pages, wechat

    return [module.blueprint for module in (wechat, health, pages)]
