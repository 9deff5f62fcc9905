"""Foreign and absent look the same; a role that is not meant for a route is told so, whatever it asks for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from flask import Flask
from sqlalchemy import text, update
from werkzeug.test import TestResponse

from app import clock
from app.access import Actor, Role
from app.identity import binding, refs, tokens
from app.models import Account, School, Verdict
from app.settings import Settings
from tests import factories
from tests.api.caller import API, Caller, problem
from tests.api.conftest import Calling
from tests.api.matrix import MATRIX
from tests.factories import (
    World,
    claim_of,
    filing_of,
    make_employer,
    make_graduate,
    make_staff,
    make_world,
    send,
    terms_of,
)
from tests.uploads.made import make_upload

LETTERS = {
    "G": Role.GRADUATE, "E": Role.EMPLOYER, "C": Role.COUNSELLOR, "K": Role.COLLEGE, "S": Role.SCHOOL,
}  # fmt: skip
ROUTES = [(method, path, frozenset(roles)) for method, path, *roles in map(str.split, MATRIX.strip().splitlines())]
BODIES: dict[str, dict[str, Any]] = {
    "accept": {"pin": factories.PIN, "terms_hash": "0" * 64},
    "take-back": {"pin": factories.PIN},
    "extend": {"respond_on": "2027-01-01"},
    "reject": {"reason": "不符"},
    "agree": {"number": "47"},
    "closed": {"pushed": False},
    "return": {"reason": "不符"},
    "edit": {"form": {}, "reason": "更正"},
    "save": {"form": {}},
    "void": {"pin": factories.PIN, "reason": "改签"},
    "find": {"q": "林"},
    "assist": {"reason": "本人来电"},
    "filings": {"kind": "supplement"},
    "bulk-approve": {"filings": [{"id": str(uuid.uuid4()), "version": 1}]},
    "confirm": {"pin": factories.PIN},
    "terminations": {"claim_id": str(uuid.uuid4()), "reason": "study", "pin": factories.PIN},
    "settle": {"outcome": "agreed", "note": "已电话联系双方"},
    "graduate-lookups": {"name": "林知夏", "id_number": "330108200401010017"},
}


@dataclass(frozen=True)
class Scene:
    """A signed story with its addresses, and everyone beside it."""

    addresses: dict[str, uuid.UUID]
    actors: dict[str, Actor]


@pytest.fixture
def scene(world: World) -> Scene:
    with world.services.db.transaction() as connection:
        connection.execute(update(School).values(stages={"*": ["counsellor", "college", "school"]}))
    graduate = make_graduate(world)
    actors = {
        "G": graduate,
        "E": world.employer,
        "C": make_staff(world, Role.COUNSELLOR, "吴老师", college_id=world.colleges[0]),
        "K": world.college_office,
        "S": world.school_office,
    }
    invitation = send(world, graduate)
    factories.accept(world, graduate, invitation)
    for desk in "CKS":
        factories.decide(world, actors[desk], graduate, Verdict.APPROVE)
    with world.services.db.transaction() as connection:
        code, _ = binding.keep(connection, graduate.id, binding.new_scene())  # type: ignore[arg-type]
    addresses = {
        "binding": code,
        "invitation": invitation,
        "filing": filing_of(world, graduate).id,
        "claim": claim_of(world, graduate).id,
        "termination": factories.ask_to_end(world, graduate, graduate),
        "message": uuid.uuid4(),
        "upload": make_upload(world, graduate, submitted=True),
        "graduate": graduate.graduate_id or uuid.uuid4(),
    }
    return Scene(addresses, actors)


def ask(caller: Caller, method: str, path: str, world: World) -> TestResponse:
    """A well-formed request, so that nothing but the right to it is judged."""
    headers = {"Idempotency-Key": str(uuid.uuid4()), "If-Match": '"1"'}
    if method != "POST":
        return caller.call(method, path, headers=headers)
    name = path.rpartition("/")[2]
    body = BODIES.get(name, {})
    if path.startswith("/terminations/") and name == "accept":
        body = {"pin": factories.PIN}
    if path == "/invitations" or name in ("agreement-previews", "replace"):
        with world.services.db.reading() as connection:
            body = {"terms": terms_of(connection, world.employer)}
        if name != "replace":
            body["graduate_ref"] = "x"
        if name != "agreement-previews":
            body["respond_on"] = (clock.today() + timedelta(days=3)).isoformat()
    return caller.post(path, body, **headers)


def test_the_matrix_names_every_route_that_needs_a_log_in(app: Flask) -> None:
    written = {(method, path) for method, path, _ in ROUTES}
    placeholders = {
        "binding_id": "binding",
        "invitation_id": "invitation",
        "filing_id": "filing",
        "claim_id": "claim",
        "message_id": "message",
        "termination_id": "termination",
        "upload_id": "upload",
        "graduate_id": "graduate",
    }
    found = set()
    for rule in app.url_map.iter_rules():
        if not getattr(app.view_functions[rule.endpoint], "policy", ()):
            continue
        path = rule.rule.removeprefix(API).replace("<kind>", "online_signing").replace("<choice>", "closed")
        path = path.replace("<lane>", "archive")
        for name, short in placeholders.items():
            path = path.replace(f"<uuid:{name}>", "{" + short + "}")
        found |= {(method, path) for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}}
    assert found == written


@pytest.mark.parametrize("letter", LETTERS)
def test_each_role_reaches_what_is_meant_for_it_and_is_told_where_it_may_not(
    world: World, calling: Calling, scene: Scene, letter: str
) -> None:
    caller = calling(scene.actors[letter])
    for method, path, roles in ROUTES:
        answer = ask(caller, method, path.format(**scene.addresses), world)
        if letter in roles:
            assert answer.status_code != 403, (method, path)
        else:
            problem(answer, 403, "not_allowed")


def test_without_a_token_every_one_of_them_is_401(world: World, calling: Calling, scene: Scene) -> None:
    for method, path, _ in ROUTES:
        problem(ask(calling(None), method, path.format(**scene.addresses), world), 401, "not_signed_in")


def same_but_for_its_id(one: TestResponse, other: TestResponse) -> bool:
    """Whether two refusals are told apart by nothing but the request's own number."""
    documents = [answer.get_json() | {"instance": ""} for answer in (one, other)]
    return documents[0] == documents[1] and one.status_code == other.status_code


def test_what_is_another_s_and_what_does_not_exist_look_the_same(world: World, calling: Calling, scene: Scene) -> None:
    elsewhere = make_world(world.services, code="18888")
    strangers = {
        "G": [make_graduate(world)],
        "E": [make_employer(world)],
        "C": [
            make_staff(world, Role.COUNSELLOR, "邻院", college_id=world.colleges[1]),
            make_staff(elsewhere, Role.COUNSELLOR, "外校", college_id=elsewhere.colleges[0]),
        ],
        "K": [make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1]), elsewhere.college_office],
        "S": [elsewhere.school_office],
    }
    asked = 0
    for method, path, roles in ROUTES:
        if "{" not in path or "{message}" in path:
            continue
        for letter in roles:
            for actor in strangers[letter]:
                caller = calling(actor)
                foreign = ask(caller, method, path.format(**scene.addresses), world)
                absent = ask(caller, method, path.format(**{name: uuid.uuid4() for name in scene.addresses}), world)
                if path.endswith(("/open", "/hold")) and foreign.status_code == 204:
                    # These write nothing where there is nothing of one's own; the answer tells neither apart.
                    assert absent.status_code == 204
                else:
                    assert foreign.status_code == 404, (method, path, letter, foreign.get_json())
                    assert same_but_for_its_id(foreign, absent), (method, path)
                asked += 1
    assert asked > 20


def test_lists_and_counts_hold_one_s_own_only(world: World, calling: Calling, scene: Scene) -> None:
    elsewhere = make_world(world.services, code="18888")
    factories.accept(world, actor := make_graduate(world), send(world, actor))
    for stranger in (make_graduate(world), make_employer(world)):
        assert calling(stranger).get("/invitations").get_json()["items"] == []
    neighbour = make_staff(world, Role.COLLEGE, "邻院", college_id=world.colleges[1])
    for office in (neighbour, elsewhere.college_office, elsewhere.school_office):
        assert calling(office).get("/reviews").get_json()["items"] == []
        assert calling(office).get("/reviews/counts").get_json()["total"] == 0
    assert len(calling(scene.actors["C"]).get("/reviews").get_json()["items"]) == 1


def test_another_s_message_cannot_be_read_away(world: World, calling: Calling, scene: Scene) -> None:
    problem(calling(scene.actors["G"]).post(f"/messages/{uuid.uuid4()}/read"), 404, "not_found")


def test_a_reference_to_a_graduate_is_good_for_the_employer_who_found_it_only(world: World, calling: Calling) -> None:
    finder, thief = calling(world.employer), calling(make_employer(world))
    reference = finder.reference(make_graduate(world))
    assert thief.actor is not None
    with world.services.db.reading() as connection:
        terms = terms_of(connection, thief.actor)
    body = {"graduate_ref": reference, "terms": terms}
    problem(thief.post("/agreement-previews", body), 404, "not_found")
    body["respond_on"] = (clock.today() + timedelta(days=3)).isoformat()
    problem(thief.act("/invitations", body), 404, "not_found")


def test_an_employer_never_sees_whom_else_the_graduate_chose(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    chosen = make_employer(world, "云栖智能科技有限公司")
    mine = send(world, graduate)
    factories.accept(world, graduate, send(world, graduate, employer=chosen))
    employer = calling(world.employer)
    for path in ("/invitations", f"/invitations/{mine}"):
        answer = employer.get(path)
        assert "云栖" not in answer.get_data(as_text=True)
        assert "毕业生暂不能应约" in answer.get_data(as_text=True)
    assert "云栖" not in employer.on(f"/invitations/{mine}", "withdraw").get_data(as_text=True)


# Tokens ---------------------------------------------------------------------------------------------------------------


def forged(settings: Settings, actor: Actor, **changes: Any) -> dict[str, str]:
    """An access token like ours but for what is changed; ``key`` and ``header`` change how it is signed."""
    own = settings.token_keys[0]
    key, header = changes.pop("key", own.secret), {"kid": own.kid, "typ": "at+jwt"} | changes.pop("header", {})
    algorithm = changes.pop("algorithm", "HS256")
    now = clock.now()
    claims = {
        "iss": settings.public_url, "aud": "api", "sub": str(actor.id), "role": actor.role.value, "ver": 1,
        "iat": now, "exp": now + timedelta(minutes=15), "jti": "x",
    } | changes  # fmt: skip
    claims = {name: value for name, value in claims.items() if value is not None}
    return {"Authorization": f"Bearer {jwt.encode(claims, key, algorithm, headers=header)}"}


FORGERIES: dict[str, Callable[[Settings, Actor], dict[str, Any]]] = {
    "another key": lambda settings, actor: {"key": b"x" * 32},
    "no signature": lambda settings, actor: {"algorithm": "none", "key": None},
    "an unknown key id": lambda settings, actor: {"header": {"kid": "else"}},
    "a path as key id": lambda settings, actor: {"header": {"kid": "../../etc/passwd"}},
    "a key sent along": lambda settings, actor: {"header": {"jwk": {"kty": "oct", "k": "eA"}}},
    "another type": lambda settings, actor: {"header": {"typ": "card+jwt"}},
    "expired": lambda settings, actor: {"exp": clock.now() - timedelta(seconds=1)},
    "not ours": lambda settings, actor: {"iss": "https://elsewhere.example"},
    "for something else": lambda settings, actor: {"aud": "name-card"},
    "for several": lambda settings, actor: {"aud": ["api", "x"]},
    "without an end": lambda settings, actor: {"exp": None},
    "without an account": lambda settings, actor: {"sub": None},
    "nobody's": lambda settings, actor: {"sub": str(uuid.uuid4())},
    "no account at all": lambda settings, actor: {"sub": "1 OR 1=1"},
    "of no role": lambda settings, actor: {"role": "root"},
    "of an older session": lambda settings, actor: {"ver": 0},
    "of a session to come": lambda settings, actor: {"ver": 2},
    "with a true session": lambda settings, actor: {"ver": True},
}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_or_expired_token_is_nobody_s(
    world: World, calling: Calling, settings: Settings, forgery: str
) -> None:
    graduate = make_graduate(world)
    stranger = calling(None)
    good = forged(settings, graduate)
    bad = forged(settings, graduate, **FORGERIES[forgery](settings, graduate))
    for path in ("/home", "/invitations", "/me"):
        assert stranger.get(path, headers=good).status_code == 200, "but for the change it would do"
        found = problem(stranger.get(path, headers=bad), 401, "not_signed_in")
        assert found["detail"] == "登录已过期，请重新登录。", "never says what was wrong with it"


def test_a_token_that_names_another_role_than_the_account_s_opens_nothing(
    world: World, calling: Calling, settings: Settings
) -> None:
    graduate = make_graduate(world)
    for role, path in (
        ("school", "/reviews"),
        ("employer", "/invitations"),
        ("college", "/messages"),
        ("school", "/home"),
    ):
        answer = calling(None).get(path, headers=forged(settings, graduate, role=role))
        assert answer.status_code in (401, 403), (role, path)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YWRtaW46", "Bearer x.y.z", "Bearer " + "a" * 5000])
def test_what_is_no_token_is_refused(calling: Calling, value: str) -> None:
    problem(calling(None).get("/home", headers={"Authorization": value}), 401, "not_signed_in")


def test_other_tokens_of_ours_open_nothing(world: World, calling: Calling, settings: Settings) -> None:
    graduate = make_graduate(world)
    student = calling(graduate)
    card = student.get("/me/name-card").get_json()["card"]
    assert graduate.id is not None
    reference, _ = refs.issue(settings, refs.DOWNLOAD, graduate.id, graduate.id)
    for other in (card, reference):
        problem(calling(None).get("/home", headers={"Authorization": f"Bearer {other}"}), 401, "not_signed_in")
    access = student.headers["Authorization"].removeprefix("Bearer ")
    problem(calling(None).get(f"/downloads/{access}"), 400, "bad_request")
    body = {"card": access}
    problem(calling(world.employer).post("/graduate-lookups", body), 422, "invalid")


@pytest.mark.parametrize("change", [{"session_version": 2}, {"disabled_at": text("now()")}])
def test_an_ended_session_or_a_closed_account_ends_its_tokens_with_the_next_request(
    world: World, calling: Calling, change: dict[str, Any]
) -> None:
    for actor, path in (
        (make_graduate(world), "/home"),
        (world.employer, "/invitations"),
        (world.school_office, "/reviews"),
    ):
        caller = calling(actor)
        assert caller.get(path).status_code == 200
        with world.services.db.transaction() as connection:
            connection.execute(update(Account).where(Account.id == actor.id).values(**change))
        problem(caller.get(path), 401, "not_signed_in")


def test_a_rotated_key_still_reads_old_tokens_and_signs_new_ones(world: World, settings: Settings) -> None:
    from dataclasses import replace

    from app.settings import Key

    newer = replace(settings, token_keys=(Key("new", b"n" * 32), *settings.token_keys))
    actor = make_graduate(world)
    account: Any = SimpleNamespace(id=actor.id, role="graduate", session_version=1)
    old, _ = tokens.issue(settings, account)
    new, _ = tokens.issue(newer, account)
    assert tokens.read(newer, f"Bearer {old}").account == actor.id
    assert jwt.get_unverified_header(new)["kid"] == "new"
