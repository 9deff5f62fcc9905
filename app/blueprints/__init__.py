"""HTTP by audience: each view translates a request into one workflow or query, and its outcome into an answer."""

from __future__ import annotations

from typing import Any


def described() -> list[Any]:
    """The API's blueprints, in the order of its description."""
    from app.blueprints import (
        agreements,
        auth,
        binding,
        codes,
        employer,
        graduates,
        home,
        invitations,
        me,
        messages,
        my_filings,
        notices,
        offices,
        return_links,
        reviews,
        terminations,
        transfers,
        unreachable,
        uploads,
    )

    modules = (
        auth, me, binding, home, invitations, employer, my_filings, graduates, transfers, reviews, terminations,
        unreachable, offices, agreements, return_links, uploads, messages, notices, codes,
    )  # fmt: skip
    return [*(module.blueprint for module in modules), my_filings.office]


def plain() -> list[Any]:
    """What is not part of the described API: callbacks of WeChat and the SMS provider, health, pages."""
    from app.blueprints import health, pages, sms, wechat

    return [module.blueprint for module in (wechat, sms, health, pages)]
