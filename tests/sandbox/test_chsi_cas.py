from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import pytest
import requests
from cas import CASClientV2, CASClientV3

from tests.sandbox.running import Sandbox

SERVICE = "http://127.0.0.1:8000/auth/chsi/callback?journey=7"
PERSON = {
    "username": "linxiao",
    "password": "Lin-2026",
    "name": "林晓",
    "id_number": "330102200401011234",
    "phone": "13800000001",
    "email": "lin&xiao@example.com",
    "verified_person": True,
}


@pytest.fixture(autouse=True)
def people(sandbox: Sandbox) -> None:
    plain = {"username": "zhouming", "password": "Zhou-2026", "name": "周明", "id_number": "330102200402021235"}
    sandbox.control("POST", "/chsi/people", {"people": [PERSON, plain]})


def client(sandbox: Sandbox, version: type[CASClientV3] = CASClientV3, service: str = SERVICE) -> Any:
    return version(service_url=service, server_url=f"{sandbox.url}/cas/", session=requests.Session())


def log_in(browser: requests.Session, url: str, username: str = "linxiao", password: str = "Lin-2026") -> Any:
    """Fill and send the form as a person would; the answer to it, redirects not followed."""
    page = browser.get(url, timeout=5)
    ticket = re.search(r'name="lt" value="([^"]+)"', page.text)
    assert ticket, page.text
    service = parse_qs(urlsplit(url).query).get("service", [""])[0]
    form = {"username": username, "password": password, "lt": ticket[1], "service": service}
    return browser.post(url.partition("?")[0], data=form, allow_redirects=False, timeout=5)


def ticket_in(answer: Any) -> str:
    assert answer.headers["Location"].startswith(SERVICE + "&ticket=ST-")
    return str(parse_qs(urlsplit(answer.headers["Location"]).query)["ticket"][0])


def failure(sandbox: Sandbox, ticket: str, service: str = SERVICE, **query: str) -> str:
    """The code of the protocol's refusal."""
    answer = requests.get(
        f"{sandbox.url}/cas/p3/serviceValidate", params={"ticket": ticket, "service": service} | query, timeout=5
    )
    element = ElementTree.fromstring(answer.content)[0]
    assert element.tag == "{http://www.yale.edu/tp/cas}authenticationFailure"
    assert element.text
    return element.attrib["code"]


def test_a_log_in_comes_back_with_a_ticket_and_cas3_releases_the_attributes(sandbox: Sandbox) -> None:
    cas = client(sandbox)
    ticket = ticket_in(log_in(requests.Session(), cas.get_login_url()))
    user, attributes, _ = cas.verify_ticket(ticket)
    assert user == "linxiao"
    assert attributes["isFromNewLogin"] == "true"
    wanted = {name: PERSON[name] for name in ("name", "id_number", "phone", "email")}
    assert {name: attributes[name] for name in wanted} == wanted
    assert attributes["verified_person"] == "true"
    assert "password" not in attributes


def test_what_chsi_does_not_know_is_left_out(sandbox: Sandbox) -> None:
    cas = client(sandbox)
    ticket = ticket_in(log_in(requests.Session(), cas.get_login_url(), "zhouming", "Zhou-2026"))
    _, attributes, _ = cas.verify_ticket(ticket)
    assert not {"phone", "email", "verified_person"} & set(attributes)


def test_cas2_says_who_and_releases_nothing(sandbox: Sandbox) -> None:
    cas = client(sandbox, CASClientV2)
    ticket = ticket_in(log_in(requests.Session(), cas.get_login_url()))
    assert cas.verify_ticket(ticket) == ("linxiao", None, None)


def test_a_replayed_ticket_is_refused(sandbox: Sandbox) -> None:
    cas = client(sandbox)
    ticket = ticket_in(log_in(requests.Session(), cas.get_login_url()))
    assert cas.verify_ticket(ticket)[0] == "linxiao"
    assert cas.verify_ticket(ticket) == (None, {}, None)
    assert failure(sandbox, ticket) == "INVALID_TICKET"


def test_a_ticket_of_another_service_is_refused_and_used_up(sandbox: Sandbox) -> None:
    ticket = ticket_in(log_in(requests.Session(), client(sandbox).get_login_url()))
    assert failure(sandbox, ticket, "http://127.0.0.1:8000/auth/chsi/callback?journey=8") == "INVALID_SERVICE"
    assert failure(sandbox, ticket) == "INVALID_TICKET"


def test_an_expired_ticket_is_refused(sandbox: Sandbox) -> None:
    cas = client(sandbox)
    ticket = ticket_in(log_in(requests.Session(), cas.get_login_url()))
    sandbox.control("POST", "/clock/advance", {"seconds": 61})
    assert cas.verify_ticket(ticket) == (None, {}, None)
    assert failure(sandbox, ticket) == "INVALID_TICKET"


def test_requests_that_lack_or_misuse_a_ticket_have_their_own_codes(sandbox: Sandbox) -> None:
    assert failure(sandbox, "") == "INVALID_REQUEST"
    assert failure(sandbox, "ST-made-up", "") == "INVALID_REQUEST"
    assert failure(sandbox, "ST-made-up") == "INVALID_TICKET"
    assert failure(sandbox, "PT-made-up") == "INVALID_TICKET_SPEC"


def test_the_session_signs_on_silently_until_log_out(sandbox: Sandbox) -> None:
    cas, browser = client(sandbox), requests.Session()
    log_in(browser, cas.get_login_url())
    assert [cookie.name for cookie in browser.cookies] == ["sbx_cas"]
    silent = browser.get(cas.get_login_url(), allow_redirects=False, timeout=5)
    _, attributes, _ = cas.verify_ticket(ticket_in(silent))
    assert attributes["isFromNewLogin"] == "false"
    out = browser.get(cas.get_logout_url(SERVICE), allow_redirects=False, timeout=5)
    assert out.headers["Location"] == SERVICE
    again = browser.get(cas.get_login_url(), allow_redirects=False, timeout=5)
    assert again.status_code == 200
    assert "登录学信网账号" in again.text


def test_a_copied_session_cookie_is_worth_nothing_after_log_out(sandbox: Sandbox) -> None:
    cas, browser = client(sandbox), requests.Session()
    log_in(browser, cas.get_login_url())
    thief = requests.Session()
    thief.cookies.set("sbx_cas", browser.cookies["sbx_cas"])
    browser.get(cas.get_logout_url(), timeout=5)
    assert thief.get(cas.get_login_url(), allow_redirects=False, timeout=5).status_code == 200


def test_renew_asks_the_password_again_and_only_a_fresh_ticket_satisfies_it(sandbox: Sandbox) -> None:
    cas, browser = client(sandbox), requests.Session()
    fresh = ticket_in(log_in(browser, cas.get_login_url()))
    silent = ticket_in(browser.get(cas.get_login_url(), allow_redirects=False, timeout=5))
    assert failure(sandbox, silent, renew="true") == "INVALID_TICKET_SPEC"
    asked = browser.get(cas.get_login_url() + "&renew=true", allow_redirects=False, timeout=5)
    assert asked.status_code == 200
    answer = requests.get(
        f"{sandbox.url}/cas/p3/serviceValidate",
        params={"ticket": fresh, "service": SERVICE, "renew": "true"},
        timeout=5,
    )
    assert "authenticationSuccess" in answer.text


def test_gateway_never_asks(sandbox: Sandbox) -> None:
    url = client(sandbox).get_login_url() + "&gateway=true"
    stranger = requests.get(url, allow_redirects=False, timeout=5)
    assert stranger.headers["Location"] == SERVICE
    browser = requests.Session()
    log_in(browser, client(sandbox).get_login_url())
    ticket_in(browser.get(url, allow_redirects=False, timeout=5))


@pytest.mark.parametrize(("username", "password"), [("linxiao", "wrong"), ("nobody", "Lin-2026"), ("linxiao", "")])
def test_a_wrong_password_and_an_unknown_account_read_the_same(sandbox: Sandbox, username: str, password: str) -> None:
    answer = log_in(requests.Session(), client(sandbox).get_login_url(), username, password)
    assert answer.status_code == 401
    assert "账号或密码不正确" in answer.text


@pytest.mark.parametrize("username", ["13800000001", "lin&xiao@example.com", " linxiao "])
def test_phone_and_address_log_in_too(sandbox: Sandbox, username: str) -> None:
    ticket_in(log_in(requests.Session(), client(sandbox).get_login_url(), username))


def test_a_form_is_good_once(sandbox: Sandbox) -> None:
    browser, url = requests.Session(), client(sandbox).get_login_url()
    lt = re.search(r'name="lt" value="([^"]+)"', browser.get(url, timeout=5).text)
    assert lt
    form = {"username": "linxiao", "password": "Lin-2026", "lt": lt[1], "service": SERVICE}
    answers = [
        browser.post(f"{sandbox.url}/cas/login", data=form, allow_redirects=False, timeout=5).status_code
        for _ in range(2)
    ]
    assert answers == [303, 400]


@pytest.mark.parametrize("service", ["http://evil.example/", "http://127.0.0.1:8000@evil.example/", "javascript:x"])
def test_a_service_that_is_not_registered_gets_neither_form_nor_redirect(sandbox: Sandbox, service: str) -> None:
    query = {"service": service}
    assert requests.get(f"{sandbox.url}/cas/login", params=query, timeout=5).status_code == 403
    out = requests.get(f"{sandbox.url}/cas/logout", params=query, allow_redirects=False, timeout=5)
    assert out.status_code == 200


def test_a_person_registered_again_is_replaced_and_bad_ones_are_refused_whole(sandbox: Sandbox) -> None:
    count = sandbox.control("POST", "/chsi/people", {"people": [PERSON | {"phone": "13800000009"}]})["people"]
    answer = log_in(requests.Session(), client(sandbox).get_login_url(), "13800000001")
    assert answer.status_code == 401
    for bad in ({"username": "x"}, PERSON | {"verified_person": "yes"}, PERSON | {"age": 3}, "x"):
        refused = requests.post(
            f"{sandbox.url}/_sandbox/api/chsi/people",
            json={"people": [PERSON | {"username": f"new{count}"}, bad]},
            timeout=5,
        )
        assert refused.status_code == 422
    assert sandbox.control("GET", "/state")["people"] == count
