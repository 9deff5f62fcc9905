"""Single sign-on by CAS 3 for CHSI accounts: log in, validate tickets, log out."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, request
from werkzeug.wrappers import Response as BaseResponse

from sandbox.chsi.people import Person
from sandbox.chsi.tickets import ServiceTicket, Session, TicketRefused
from sandbox.world import World

cas = Blueprint("cas", __name__, url_prefix="/cas")

COOKIE = "sbx_cas"
SHOWN_ACCOUNTS = 6
Page = BaseResponse | tuple[str, int]


def _world() -> World:
    world: World = current_app.extensions["world"]
    return world


def _allowed(service: str) -> bool:
    parts = urlsplit(service)
    hosts = _world().settings.cas_hosts
    return parts.scheme in ("http", "https") and ("*" in hosts or parts.netloc in hosts)


def _is_set(name: str) -> bool:
    """CAS flags count as set when present, whatever their value but false."""
    value = request.values.get(name)
    return value is not None and value.lower() != "false"


@cas.get("/login")
def login_page() -> Page:
    """With a session: straight back with a ticket. ``renew`` asks the password again,
    ``gateway`` never asks."""
    service = request.args.get("service", "")
    if service and not _allowed(service):
        return render_template("cas_refused.html", service=service), 403
    session = _world().tickets.session(request.cookies.get(COOKIE, ""))
    if session and not _is_set("renew"):
        if service:
            return _back(service, session, fresh=False)
        person = _world().people.find(session.username)
        return render_template("cas_done.html", person=person), 200
    if service and _is_set("gateway") and not _is_set("renew"):
        return redirect(service, 302)
    return _form(service)


@cas.post("/login")
def log_in() -> Page:
    """Account and password; the form itself is good once."""
    service = request.form.get("service", "")
    if service and not _allowed(service):
        return render_template("cas_refused.html", service=service), 403
    username = request.form.get("username", "")
    if not _world().tickets.take_form(request.form.get("lt", "")):
        return _form(service, username, "页面已过期，请再登录一次", 400)
    person = _world().people.check(username, request.form.get("password", ""))
    if person is None:
        return _form(service, username, "账号或密码不正确", 401)
    value = _world().tickets.log_in(person.username)
    session = _world().tickets.session(value)
    assert session is not None
    response = _back(service, session, fresh=True) if service else redirect("/cas/login", 303)
    response.set_cookie(COOKIE, value, httponly=True, samesite="Lax", path="/cas")
    return response


@cas.get("/logout")
def log_out() -> Page:
    """Ends the session; goes on to ``service`` (or ``url``) when that is a known one."""
    _world().tickets.log_out(request.cookies.get(COOKIE, ""))
    target = request.args.get("service") or request.args.get("url") or ""
    known = target and _allowed(target)
    response = redirect(target, 302) if known else Response(render_template("cas_out.html"))
    response.delete_cookie(COOKIE, path="/cas")
    return response


@cas.get("/accounts")
def demo_accounts() -> Response:
    """A few accounts whose name holds ``q``, for the sandbox's box under the form."""
    words = request.args.get("q", "").strip()[:40]
    found = _world().people.search(words, SHOWN_ACCOUNTS)
    return jsonify([_shown(person) for person in found])


@cas.get("/serviceValidate")
def validate_cas2() -> Response:
    """CAS 2: says who, releases nothing else."""
    return _validate(with_attributes=False)


@cas.get("/p3/serviceValidate")
def validate_cas3() -> Response:
    """CAS 3: says who, with attributes."""
    return _validate(with_attributes=True)


def _form(service: str, username: str = "", error: str = "", status: int = 200) -> Page:
    accounts = [_shown(person) for person in _world().people.search("", SHOWN_ACCOUNTS)]
    page = render_template(
        "cas_login.html",
        service=service,
        username=username,
        error=error,
        lt=_world().tickets.new_form(),
        accounts=accounts,
        many=len(_world().people) > SHOWN_ACCOUNTS,
    )
    return page, status


def _back(service: str, session: Session, *, fresh: bool) -> BaseResponse:
    ticket = _world().tickets.grant(session, service, fresh=fresh)
    base, hash_mark, fragment = service.partition("#")
    glue = "&" if "?" in base else "?"
    return redirect(f"{base}{glue}ticket={ticket}{hash_mark}{fragment}", 303 if fresh else 302)


def _validate(*, with_attributes: bool) -> Response:
    try:
        used = _world().tickets.use(
            request.args.get("ticket", ""),
            request.args.get("service", ""),
            renew=_is_set("renew"),
            life=_world().settings.cas_ticket_life,
        )
        person = _world().people.find(used.username)
        if person is None:
            raise TicketRefused("INTERNAL_ERROR", "the account is gone")
        inner = _success(person, used, with_attributes=with_attributes)
    except TicketRefused as refused:
        inner = (
            f'<cas:authenticationFailure code="{refused.code}">{escape(refused.sentence)}</cas:authenticationFailure>'
        )
    body = f'<cas:serviceResponse xmlns:cas="http://www.yale.edu/tp/cas">{inner}</cas:serviceResponse>'
    return Response(body, content_type="application/xml; charset=utf-8")


def _success(person: Person, used: ServiceTicket, *, with_attributes: bool) -> str:
    released = ""
    if with_attributes:
        attributes = {
            "authenticationDate": datetime.fromtimestamp(used.since, UTC).isoformat(),
            "longTermAuthenticationRequestTokenUsed": "false",
            "isFromNewLogin": "true" if used.fresh else "false",
        } | person.attributes()
        items = (f"<cas:{name}>{escape(text)}</cas:{name}>" for name, text in attributes.items())
        released = f"<cas:attributes>{''.join(items)}</cas:attributes>"
    return (
        "<cas:authenticationSuccess>"
        f"<cas:user>{escape(person.username)}</cas:user>{released}"
        "</cas:authenticationSuccess>"
    )


def _shown(person: Person) -> dict[str, str]:
    return {"username": person.username, "name": person.name, "password": person.password}
