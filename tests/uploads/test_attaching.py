"""Uploads go into a filing and are handed in with it: one's own, nine pictures or one PDF an item."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import text, update

from app.access import Actor
from app.models import Upload
from app.problems import Invalid
from app.uploads.attaching import attach, hand_in
from app.uploads.removal import KEPT_LOOSE
from tests.factories import World, accept, filing_of, make_graduate, send
from tests.support import refusal
from tests.uploads.made import make_upload


@pytest.fixture
def filing(world: World, graduate: Actor) -> uuid.UUID:
    accept(world, graduate, send(world, graduate))
    found: uuid.UUID = filing_of(world, graduate).id
    return found


def put(world: World, filing: uuid.UUID, graduate: Actor, **items: list[uuid.UUID]) -> None:
    assert graduate.graduate_id
    with world.services.db.transaction() as connection:
        attach(connection, filing, graduate.graduate_id, {f"/{name}": ids for name, ids in items.items()})


def where(world: World, upload: uuid.UUID) -> Any:
    with world.services.db.reading() as connection:
        return connection.execute(
            text("SELECT filing_id, submitted_at FROM upload WHERE id = :id"), {"id": upload}
        ).one()


def test_what_is_no_longer_named_is_loose_again_until_handed_in(
    world: World, graduate: Actor, filing: uuid.UUID
) -> None:
    one, other, third = (make_upload(world, graduate) for _ in range(3))
    put(world, filing, graduate, proof=[one], letter=[other])
    put(world, filing, graduate, proof=[one, third])
    assert [where(world, each).filing_id for each in (one, other, third)] == [filing, None, filing]
    with world.services.db.transaction() as connection:
        hand_in(connection, filing)
    put(world, filing, graduate, proof=[other])
    assert all(where(world, each).filing_id == filing for each in (one, other, third))
    assert where(world, one).submitted_at and not where(world, other).submitted_at


@pytest.mark.parametrize("many", [9, 10])
def test_an_item_takes_nine_pictures(world: World, graduate: Actor, filing: uuid.UUID, many: int) -> None:
    ids = [make_upload(world, graduate) for _ in range(many)]
    if many == 9:
        put(world, filing, graduate, proof=ids)
    else:
        found = refusal(world.services, lambda c: attach(c, filing, graduate.graduate_id, {"/proof": ids}))  # type: ignore[arg-type]
        assert found.extra["errors"] == [{"pointer": "/proof", "detail": "最多上传 9 张图片。"}]


def test_a_pdf_goes_alone(world: World, graduate: Actor, filing: uuid.UUID) -> None:
    paper, picture = make_upload(world, graduate), make_upload(world, graduate)
    with world.services.db.transaction() as connection:
        connection.execute(update(Upload).where(Upload.id == paper).values(kind="pdf"))
    put(world, filing, graduate, proof=[paper])
    with pytest.raises(Invalid):
        put(world, filing, graduate, proof=[paper, picture])


def test_others_removed_and_repeated_files_are_refused_by_their_item(
    world: World, graduate: Actor, filing: uuid.UUID
) -> None:
    mine, theirs, gone = make_upload(world, graduate), make_upload(world, make_graduate(world)), uuid.uuid4()
    elsewhere = make_graduate(world)
    accept(world, elsewhere, send(world, elsewhere))
    used = make_upload(world, graduate)
    with world.services.db.transaction() as connection:
        values = {"filing_id": filing_of(world, elsewhere).id}
        connection.execute(update(Upload).where(Upload.id == used).values(**values))
    for ids in ([mine, theirs], [gone], [mine, mine], [used]):
        with pytest.raises(Invalid) as caught:
            put(world, filing, graduate, proof=ids, letter=[])
        assert [error["pointer"] for error in caught.value.extra["errors"]] == ["/proof"]
    assert where(world, mine).filing_id is None and where(world, used).filing_id != filing


def test_what_is_in_a_filing_is_not_forgotten_and_what_is_loose_is(
    world: World, graduate: Actor, filing: uuid.UUID
) -> None:
    loose, young, attached = (make_upload(world, graduate) for _ in range(3))
    put(world, filing, graduate, proof=[attached])
    with world.services.db.transaction() as connection:
        for upload, age in ((loose, 1.01), (young, 0.99), (attached, 50)):
            at = text("now() - :age * CAST(:time AS interval)").bindparams(age=age, time=KEPT_LOOSE)
            connection.execute(update(Upload).where(Upload.id == upload).values(created_at=at))
    assert world.services.removal.sweep() == 1
    with world.services.db.reading() as connection:
        left = set(connection.execute(text("SELECT id FROM upload")).scalars())
    assert left == {young, attached}
