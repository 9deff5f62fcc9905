"""The signing story over HTTP, each answer held to the description."""

from __future__ import annotations

from datetime import timedelta

from app import clock
from tests.api.caller import problem
from tests.api.conftest import Calling
from tests.factories import World, make_employer, make_graduate, terms_of
from tests.support import assert_invariants


def test_from_looking_up_to_a_signed_agreement_and_its_public_check(world: World, calling: Calling) -> None:
    number = "330108200402018888"
    from stdnum.cn import ric

    number = number[:17] + str(ric.calc_check_digit(number))
    graduate = make_graduate(world, id_number=number)
    employer, student = calling(world.employer), calling(graduate)
    college, school, stranger = calling(world.college_office), calling(world.school_office), calling(None)

    assert employer.get("/employer/me").status_code == 200
    found = employer.post("/graduate-lookups", {"name": "林知夏", "id_number": number}).get_json()
    assert found["can_invite"] and found["graduate"]["by"] == "name_and_id"
    with world.services.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    wanted = {"graduate_ref": found["graduate"]["ref"], "terms": terms}
    preview = employer.post("/agreement-previews", wanted).get_json()
    respond_on = (clock.today() + timedelta(days=found["default_days"])).isoformat()
    sent = employer.act("/invitations", {**wanted, "respond_on": respond_on})
    assert sent.status_code == 201
    invitation = sent.get_json()
    path = f"/invitations/{invitation['id']}"
    assert invitation["terms_hash"] == preview["terms_hash"], "what is sent is what was shown"

    home = student.get("/home").get_json()
    assert home["open_invitations"] == 1 and home["cards"][0]["href"] == path
    assert student.post(f"{path}/open").status_code == 204
    shown = student.get(path).get_json()
    assert shown["clauses"] == preview["clauses"]
    accepted = student.accept(invitation["id"])
    assert accepted.status_code == 200 and accepted.get_json()["state"] == "accepted"
    assert accepted.headers["ETag"] == student.get(path).headers["ETag"]

    for office in (college, school):
        (waiting,) = office.get("/reviews").get_json()["items"]
        filing = f"/filings/{waiting['filing_id']}"
        assert office.get("/reviews/counts").get_json()["total"] == 1
        assert office.get("/colleges").status_code == 200
        assert office.get("/reason-templates/online_signing").get_json()["items"]
        assert office.post(f"{filing}/hold").get_json()["until"]
        assert office.call("DELETE", f"{filing}/hold").status_code == 204
        decided = office.on(filing, "approve")
        assert decided.status_code == 200, decided.get_json()
        assert office.get("/reviews", query_string={"decided": "mine"}).get_json()["items"][0]["verdict"] == "通过"
        assert office.get("/reviews").get_json()["items"] == []

    signed = student.get(path).get_json()
    assert signed["turn"]["text"] == "签约成功"
    agreement = f"/agreements/{signed['agreement']['id']}/link"
    for party in (student, employer, college, school):
        link = party.get(agreement).get_json()
        pdf = stranger.call("GET", link["href"].removeprefix("/api/v1"))
        assert pdf.status_code == 200 and pdf.data.startswith(b"%PDF-"), pdf.data[:200]
    assert employer.get("/invitations/counts").get_json()["signed"] == 1
    for caller in (student, employer):
        for group in ("all", "open", "waiting", "review", "signed", "ended"):
            items = caller.get("/invitations", query_string={"group": group}).get_json()["items"]
            assert len(items) == (group in ("all", "open", "signed")), group
    assert stranger.get("/public/keys").get_json()["keys"]
    assert stranger.get("/public/schools").get_json()["items"]
    assert_invariants(world.services)


def test_the_other_ways_to_end_one(world: World, calling: Calling) -> None:
    graduate = make_graduate(world)
    student, employer = calling(graduate), calling(world.employer)
    with world.services.db.reading() as connection:
        terms = terms_of(connection, world.employer)
    day = (clock.today() + timedelta(days=3)).isoformat()
    later = (clock.today() + timedelta(days=9)).isoformat()
    body = {"graduate_ref": employer.reference(graduate), "terms": terms, "respond_on": day}

    first = f"/invitations/{employer.act('/invitations', body).get_json()['id']}"
    assert employer.on(first, "extend", {"respond_on": later}).status_code == 200
    new = employer.on(first, "replace", {"terms": terms | {"penalty_cents": None}, "respond_on": later})
    assert new.status_code == 201, new.get_json()
    assert new.get_json()["replaces_id"] in first
    second = f"/invitations/{new.get_json()['id']}"
    assert employer.get(first).get_json()["replaced_by_id"] in second
    assert student.accept(new.get_json()["id"]).status_code == 200
    assert student.on(second, "take-back", {"pin": "135792"}).get_json()["state"] == "pending"
    assert student.on(second, "refuse", {"reason": "太远"}).get_json()["state"] == "refused"

    other = calling(make_employer(world))
    with world.services.db.reading() as connection:
        assert other.actor is not None
        terms = terms_of(connection, other.actor)
    third = other.act("/invitations", body | {"graduate_ref": other.reference(graduate), "terms": terms}).get_json()
    path = f"/invitations/{third['id']}"
    assert other.on(path, "withdraw", {"reason": "招满"}).get_json()["state"] == "withdrawn"
    assert problem(student.on(path, "refuse"), 409, "not_now")["state"] == "withdrawn"
    assert_invariants(world.services)
