"""What every request shares: who acts, versions, repeats, JSON bytes, the one place where errors become problems."""

from __future__ import annotations

import hashlib
import logging
import re
import time
import uuid
from collections.abc import Callable, Mapping
from functools import lru_cache, wraps
from secrets import token_hex
from typing import Any, TypeVar, cast

import orjson
import structlog
from flask import Flask, Response, current_app, g, request
from sqlalchemy import Connection, Row
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from werkzeug.exceptions import HTTPException
from werkzeug.http import http_date

from app.access import Role, policy
from app.identity import tokens
from app.models import IdempotentAnswer
from app.problems import (
    BadRequest,
    DatabaseAway,
    FilesAway,
    IfMatchMissing,
    Invalid,
    KeyReused,
    NotAllowed,
    NotFound,
    NotJson,
    Problem,
    Stale,
    TooLarge,
    Unexpected,
)
from app.schemas.pointers import pointers
from app.services import Services
from app.storage.errors import StorageAway

View = TypeVar("View", bound=Callable[..., Any])

MAX_BODY = 64 * 1024
ETAG = re.compile(r'^(?:W/)?"(\d+)(?:[.-][^"]*)?"$')
REQUEST_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")
log = structlog.get_logger("app.http")


def services() -> Services:
    """The process's services, as the application was made with."""
    return cast(Services, current_app.extensions["quxiang"])


# Who acts


def needs(*roles: Role) -> Callable[[View], View]:
    """A view for these roles: ``g.actor`` is set from the access token and the account as it stands now.

    The account is read with the idempotent answer of this request (``g.kept``), if any, in one statement.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.kept = _identify()
            if g.actor.role not in roles:
                raise NotAllowed
            return view(*args, **kwargs)

        return policy(*roles)(cast(View, guarded))

    return wrap


def holds_ticket(*roles: Role) -> Callable[[View], View]:
    """A view for these roles whose own statement checks the account (:data:`app.identity.tokens.STILL_GOOD`).

    For the one page that every visit opens: ``g.ticket`` is set from the access token, and nothing is asked of the
    database beforehand. Every other view takes :func:`needs`.
    """

    def wrap(view: View) -> View:
        @wraps(view)
        def guarded(*args: Any, **kwargs: Any) -> Any:
            g.ticket = _ticket()
            if g.ticket.role not in roles:
                raise NotAllowed
            return view(*args, **kwargs)

        return policy(*roles)(cast(View, guarded))

    return wrap


def _ticket() -> tokens.Ticket:
    return tokens.read(services().settings, request.headers.get("Authorization", ""))


def _identify() -> Row[Any] | None:
    """Set ``g.actor``; returns the answer kept under this request's Idempotency-Key."""
    with services().db.reading() as connection:
        g.actor, kept = tokens.actor_of(connection, _ticket(), g.request_id, _idempotency_key())
    return kept


def client_address() -> str:
    """Whom to count for limits of those not signed in; behind a proxy, as :class:`ProxyFix` was told to trust it."""
    return request.remote_addr or "unknown"


# Versions


def if_match() -> int:
    """The version the caller saw; raises :class:`IfMatchMissing`."""
    match = ETAG.match(request.headers.get("If-Match", ""))
    if match is None:
        raise IfMatchMissing
    return int(match.group(1))


def answer(body: bytes | Any, *, status: int = 200, etag: str | int | None = None) -> Response:
    """A JSON response; bytes pass through as they are. ``etag`` honours If-None-Match on GET."""
    if etag is not None and request.method == "GET":
        wanted = request.headers.get("If-None-Match", "")
        if f'"{etag}"' in (tag.strip().removeprefix("W/") for tag in wanted.split(",")):
            return _tagged(Response(status=304), etag)
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    response = Response(content, status=status, mimetype="application/json")
    return _tagged(response, etag) if etag is not None else response


def _tagged(response: Response, etag: str | int) -> Response:
    response.headers["ETag"] = f'"{etag}"'
    response.headers["Cache-Control"] = "private, no-cache"
    return response


# Repeated requests


def act(view: View) -> View:
    """A view that changes something: it gets an open transaction, and its answer is kept under the Idempotency-Key.

    The answer is written in the same transaction as the effect, so a repeat is given the same answer or, if the first
    was rolled back, carries the act out. Stands below :func:`needs`, which has read the answer kept, if any.
    """
    return _acting(view, None)


def act_often(anew: Callable[..., Response]) -> Callable[[View], View]:
    """The same for what a client does by itself every other second (自动保存): of its answer only status and version
    are kept. A repeat is told the same again, by ``anew(connection, **the path's parts)``; once there is another
    version it is told so, as any act on an outdated one, for an answer with that version would hide the change."""
    return lambda view: _acting(view, anew)


def _acting(view: View, anew: Callable[..., Response] | None) -> View:
    @wraps(view)
    def patient(*args: Any, **kwargs: Any) -> Response:
        if (key := _idempotency_key()) is None:
            raise BadRequest("缺少 Idempotency-Key，或不是 UUID。")
        fingerprint = hashlib.sha256(f"{request.method} {request.path}\n".encode() + request.get_data()).digest()
        if g.kept is not None:
            return _replayed(g.kept, fingerprint, anew, kwargs)
        for last in (False, True):
            try:
                return _once(view, key, fingerprint, anew is None, *args, **kwargs)
            except (_TwinRunning, Problem, IntegrityError) as error:
                # The same request may have run beside this one and committed first: then its answer is there now.
                if (kept := _identify()) is not None:
                    return _replayed(kept, fingerprint, anew, kwargs)
                # Somebody else was faster: on a second look the answer is who, or that it was one's own other tap.
                if last or not (isinstance(error, IntegrityError) or getattr(error, "overtaken", False)):
                    raise
        raise AssertionError("the second look returned or raised")

    patient.acts = True  # type: ignore[attr-defined]
    return cast(View, patient)


def _once(view: View, key: uuid.UUID, fingerprint: bytes, whole: bool, *args: Any, **kwargs: Any) -> Response:
    with services().db.transaction() as connection:
        response = cast(Response, view(connection, *args, **kwargs))
        if not _keep_answer(connection, key, fingerprint, response, whole=whole):
            raise _TwinRunning
    return response


class _TwinRunning(Exception):
    """Another copy of this request committed first."""


def _idempotency_key() -> uuid.UUID | None:
    try:
        return uuid.UUID(request.headers.get("Idempotency-Key", ""))
    except ValueError:
        return None


def _kept_answer(kept: Row[Any], fingerprint: bytes) -> Response:
    if kept.fingerprint != fingerprint:
        raise KeyReused
    response = Response(kept.body, status=kept.status, mimetype="application/json")
    response.headers["Idempotent-Replayed"] = "true"
    return _tagged(response, kept.etag) if kept.etag else response


def _replayed(
    kept: Row[Any], fingerprint: bytes, anew: Callable[..., Response] | None, parts: Mapping[str, Any]
) -> Response:
    """What a repeat is answered, see :func:`act` and :func:`act_often`."""
    known = _kept_answer(kept, fingerprint)
    if anew is None:
        return known
    with services().db.reading() as connection:
        fresh = anew(connection, **parts)
    if fresh.headers["ETag"] != known.headers["ETag"]:
        raise Stale("已经保存，之后在另一处又有更新。请看过最新内容后再继续。")
    fresh.status_code = kept.status
    fresh.headers["Idempotent-Replayed"] = "true"
    return fresh


# The driver forgets the count of an INSERT unless told to keep it.
_KEEP = insert(IdempotentAnswer).on_conflict_do_nothing().execution_options(preserve_rowcount=True)


def _keep_answer(
    connection: Connection, key: uuid.UUID, fingerprint: bytes, response: Response, *, whole: bool
) -> bool:
    etag = response.headers.get("ETag")
    values = {
        "account_id": g.actor.id,
        "key": key,
        "fingerprint": fingerprint,
        "status": response.status_code,
        "body": response.get_data() if whole else b"",
        "etag": etag.strip('"') if etag else None,
    }
    return connection.execute(_KEEP, values).rowcount == 1


def keep_part(connection: Connection, part: uuid.UUID, body: bytes) -> None:
    """Keep what one part of a request was answered, where each part is a transaction of its own (see :func:`act`)."""
    key = uuid.uuid5(_idempotency_key() or uuid.uuid4(), str(part))
    fingerprint = hashlib.sha256(f"{request.method} {request.path}\n{part}".encode()).digest()
    values = {"account_id": g.actor.id, "key": key, "fingerprint": fingerprint, "status": 200, "body": body}
    connection.execute(_KEEP, values)


# Input


def body(schema: Any) -> Any:
    """The request's JSON, validated by a marshmallow schema; problems carry JSON pointers."""
    if request.mimetype != "application/json":
        raise NotJson
    try:
        raw = orjson.loads(request.get_data() or b"{}")
    except orjson.JSONDecodeError:
        raise BadRequest("内容不是有效的 JSON。") from None
    if not isinstance(raw, dict):
        raise BadRequest("内容应是一个 JSON 对象。")
    errors = schema.validate(raw)
    if errors:
        raise Invalid(list(pointers(errors)))
    return schema.load(raw)


# Errors and headers


class Application(Flask):
    """Flask without its search for coroutines, which it makes at every call of every function: there are none here."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """The function itself."""
        return func


UNLESS_GIVEN = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Frame-Options": "DENY",
}
"""Headers of every answer that does not say otherwise."""


@lru_cache(maxsize=1)
def _date(second: int) -> str:
    """The ``Date`` header: clients correct their clock by it."""
    return http_date(second)


def register(app: Flask) -> None:
    """Request ids, limits, security headers and the one error handler."""
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    @app.before_request
    def begin() -> None:
        given = request.headers.get("X-Request-Id", "")
        g.request_id = given if REQUEST_ID.match(given) else token_hex(16)

    @app.after_request
    def finish(response: Response) -> Response:
        headers = response.headers
        headers.add("X-Request-Id", g.get("request_id", ""))
        headers.add("Date", _date(int(time.time())))
        given = {name.lower() for name, _ in headers}
        for name, value in UNLESS_GIVEN.items():
            if name.lower() not in given:
                headers.add(name, value)
        return response

    app.register_error_handler(Exception, problem_of)


def problem_of(error: Exception) -> Response:
    """Any exception as problem+json; what is not ours is logged with the request id and told as 500."""
    request_id = g.get("request_id", "")
    problem = _as_problem(error)
    if isinstance(problem, Unexpected):
        log.error("unexpected", request_id=request_id, route=str(request.url_rule), exc_info=error)
    elif problem.status >= 401:
        level = logging.WARNING if problem.status >= 500 else logging.INFO
        log.log(level, "refused", request_id=request_id, route=str(request.url_rule), code=problem.code)
    response = Response(
        orjson.dumps(problem.document(request_id)), status=problem.status, mimetype="application/problem+json"
    )
    response.headers.extend(problem.headers)
    return response


def _as_problem(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HTTPException():
            return _of_http(error)
        case RecursionError():  # only the JSON parser follows what the caller nests
            return BadRequest("内容的层次过深。")
        case OperationalError() | PoolTimeout():
            return DatabaseAway(headers={"Retry-After": "2"})
        case StorageAway():
            return FilesAway(headers={"Retry-After": "5"})
        case DBAPIError() if error.connection_invalidated:
            return DatabaseAway(headers={"Retry-After": "2"})
    return Unexpected()


def _of_http(error: HTTPException) -> Problem:
    """werkzeug's own refusals (unknown path, wrong method, too large), keeping headers such as Allow."""
    known = {404: NotFound, 413: TooLarge, 415: NotJson}
    status = error.code or 500
    if status == 422:
        return _of_arguments(error)
    if status in known:
        return known[status]()
    if status >= 500:
        return Unexpected()
    problem = BadRequest("请求的方法或格式不受支持。" if status == 405 else None)
    problem.status = status  # type: ignore[misc]
    problem.headers = {name: value for name, value in error.get_headers() if name == "Allow"}
    return problem


def _of_arguments(error: HTTPException) -> Problem:
    """What the argument parser found wrong in body or query."""
    messages = getattr(error, "data", {}).get("messages", {})
    if "json" in messages and request.get_data() and request.mimetype != "application/json":
        return NotJson()
    return Invalid([item for place in messages.values() for item in pointers(place)])
