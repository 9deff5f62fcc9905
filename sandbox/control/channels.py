"""Text messages and mails: what was accepted, and the tables behind them."""

from __future__ import annotations

from flask import Response, request

from sandbox.control.base import Problem, answer, body_of, control, number, world
from sandbox.sms.templates import SmsTemplate

MOST = 10_000


@control.get("/sms")
def text_messages() -> Response:
    """Accepted text messages, oldest first: ``phone`` (+86…), ``since`` (an id), ``limit``; counts of refusals."""
    sms = world().sms
    found = sms.of(request.args.get("phone", ""), number("since"), number("limit") or MOST)
    return answer({"messages": found, "refused": dict(sms.refused), "reports": sms.report_counts})


@control.delete("/sms")
def forget_text_messages() -> Response:
    """Drop all of them, and what limits count."""
    world().sms.forget()
    return answer({})


@control.get("/sms/templates")
def sms_templates() -> Response:
    """The approved templates."""
    return answer({"templates": list(world().sms.templates.values())})


@control.post("/sms/templates")
def define_sms_template() -> Response:
    """``{id, text}``: add or replace, until the restart."""
    try:
        template = SmsTemplate.read(body_of())
    except ValueError as error:
        raise Problem(422, "bad_template", str(error)) from None
    world().sms.templates[template.id] = template
    return answer(template, 201)


@control.get("/mails")
def mails() -> Response:
    """Accepted mails, oldest first, whole: ``to`` (an address), ``since`` (an id), ``limit``."""
    found = world().mails.of(request.args.get("to", ""), number("since"), number("limit") or MOST)
    return answer({"mails": found, "smtp_port": world().settings.smtp_port})


@control.delete("/mails")
def forget_mails() -> Response:
    """Drop all of them."""
    world().mails.forget()
    return answer({})
