"""The SMS provider's callback (短信下发状态回调): checked, written, answered in the provider's form."""

from __future__ import annotations

import structlog
from flask import Blueprint, Response, request
from sqlalchemy.exc import SQLAlchemyError

from app.access import open_to_all
from app.http import MAX_BODY, answer, services
from app.notify import sms_reports
from app.problems import NotFound

blueprint = Blueprint("sms", __name__)
log = structlog.get_logger("app.sms")


@blueprint.post("/sms/report/<token>")
@open_to_all
def receive(token: str) -> Response:
    """Delivery reports. A result other than 0 makes the provider repeat them; a wrong address looks like none."""
    held = services()
    if not sms_reports.is_genuine(held.settings.sms, token):
        raise NotFound
    if (request.content_length or 0) > MAX_BODY:
        return _said(413, "too large")
    try:
        reports = sms_reports.read(request.get_data())
        known = sms_reports.store(held.db, reports)
    except sms_reports.Unreadable:
        return _said(400, "not a list of reports")
    except SQLAlchemyError as error:
        log.warning("reports not stored", error=type(error).__name__)
        return _said(503, "again later")
    return _said(200, "OK") if known else _said(503, "again later")


def _said(status: int, words: str) -> Response:
    return answer({"result": 0 if status == 200 else 1, "errmsg": words}, status=status)
