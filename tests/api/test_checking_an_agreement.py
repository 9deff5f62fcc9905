"""The public check of an agreement's code: while it waits for its stamp, holds, is being ended and is over."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import text

from app.access import Actor
from app.documents import qr
from tests import factories, filed
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import World, make_graduate


def checked(world: World, stranger: Caller, graduate: Actor) -> dict[str, Any]:
    """What a stranger is told of the graduate's agreement."""
    claim = factories.claim_of(world, graduate)
    answer = stranger.post("/public/agreement-checks", {"token": code_of(world, claim.id)})
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def test_the_code_on_the_paper_says_that_nothing_is_signed_yet(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world, name="林知夏")
    filed.generated(world, graduate)
    claim = factories.claim_of(world, graduate)
    owner, stranger = calling(graduate), calling(None)
    link = owner.get(f"/agreements/{claim.id}/link").get_json()["href"].removeprefix("/api/v1")
    assert stranger.get(link).status_code == 200
    found = checked(world, stranger, graduate)
    assert (found["valid"], found["terms_hash_matches"], found["effective_on"]) == (False, True, None)
    assert (found["state_text"], found["graduate"]) == ("已生成，等签字盖章，还没有生效", "林**")
    made = filed.draft(world, graduate, "stamped_agreement", {})
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    assert checked(world, stranger, graduate)["valid"] is True


def test_an_agreement_that_is_being_ended_holds_until_it_is_ended(world: World, calling: Calling) -> None:
    graduate, stranger = make_graduate(world), calling(None)
    factories.sign(world, graduate)
    calling(graduate).get(f"/agreements/{factories.claim_of(world, graduate).id}/link")
    assert checked(world, stranger, graduate)["state_text"] == "协议有效"
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE claim SET state = 'terminating'"))
    found = checked(world, stranger, graduate)
    assert (found["valid"], found["in_force"]) == (True, True)
    assert found["state_text"] == "解约办理中，协议目前有效"
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE claim SET state = 'terminated'"))
    found = checked(world, stranger, graduate)
    assert (found["valid"], found["in_force"], found["state_text"]) == (False, False, "已解约")


def code_of(world: World, claim: uuid.UUID) -> str:
    """The signed code that is printed."""
    settings = world.services.settings
    with world.services.db.reading() as connection:
        row = connection.execute(text("SELECT * FROM claim WHERE id = :id"), {"id": claim}).one()
    code = qr.issue(
        qr.load_qr_key(settings.qr_key),
        public_url=settings.public_url,
        number=row.agreement_number,
        terms_hash=row.evidence["terms_hash"],
        issued_at=row.opened_at,
    )
    return code.rpartition("/")[2]
