"""Reviewers are told when another graduate of their school handed in the same picture, by the workers' comparison."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import text, update

from app.access import Actor, Role
from app.db import count_statements
from app.models import Upload
from app.queries import uploads as read
from app.services import Services
from app.storage.errors import StorageAway
from app.storage.store import Vault
from app.uploads import likeness
from tests.api.caller import Caller
from tests.api.conftest import Calling
from tests.factories import World, make_graduate, make_world
from tests.uploads import hostile
from tests.uploads.papers import jpeg, page, photo
from tests.uploads.sending import sent
from tests.uploads.test_resemblance import trimmed

SHOT = photo(page(21), 21, size=(1512, 2016), blur=0.5)


def compare(services: Services) -> None:
    while likeness.compare_due(services.db, services.vault):
        pass


def handed_in(services: Services, *callers_and_files: tuple[Caller, bytes, str]) -> list[uuid.UUID]:
    ids = [uuid.UUID(sent(caller, content, name)["id"]) for caller, content, name in callers_and_files]
    with services.db.transaction() as connection:
        connection.execute(update(Upload).values(submitted_at=text("now()")))
    return ids


def told(world: World, office: Actor, *ids: uuid.UUID) -> dict[uuid.UUID, list[dict[str, Any]]]:
    with world.services.db.reading() as connection:
        asked = text(f"SELECT ({read.LIKENESSES.format(which='mine.id = ANY(CAST(:ids AS uuid[]))')})")
        college = None if office.role is Role.SCHOOL else office.college_id
        pairs = connection.scalar(asked, {"ids": list(ids), "school": office.school_id, "college": college})
    return {uuid.UUID(upload): others for upload, others in read.near(pairs).items()}


def test_the_same_picture_of_another_graduate_is_told_both_ways(world: World, calling: Calling) -> None:
    one, other = (make_graduate(world, name=name) for name in ("林知夏", "周明远"))
    copy = trimmed(SHOT.resize((1200, 1600)), 0.02, random.Random(4))
    mine, theirs = handed_in(
        world.services, (calling(one), jpeg(SHOT, 88), "a.jpg"), (calling(other), jpeg(copy, 60), "b.jpg")
    )
    compare(world.services)
    found = told(world, world.college_office, mine, theirs)
    assert {upload: [(near["graduate"], near["same"]) for near in others] for upload, others in found.items()} == {
        mine: [("周明远", False)],
        theirs: [("林知夏", False)],
    }
    assert found[mine][0]["upload_id"] == str(theirs)


def test_the_same_bytes_are_told_as_the_same_pictures_and_pdfs_alike(world: World, calling: Calling) -> None:
    people = [calling(make_graduate(world)) for _ in range(2)]
    ids = handed_in(world.services, *((person, hostile.pdf(), "函.pdf") for person in people))
    compare(world.services)
    assert [near["same"] for upload in ids for near in told(world, world.school_office, upload)[upload]] == [True] * 2


def test_other_forms_of_the_template_and_one_s_own_copies_are_not_told(world: World, calling: Calling) -> None:
    one, other = calling(make_graduate(world)), calling(make_graduate(world))
    ids = handed_in(
        world.services,
        (one, jpeg(page(31)), "a.jpg"),
        (one, jpeg(page(31).resize((1200, 1697))), "b.jpg"),
        (other, jpeg(page(32)), "c.jpg"),
    )
    compare(world.services)
    assert told(world, world.school_office, *ids) == {}


def test_other_schools_know_nothing_of_it(world: World, calling: Calling) -> None:
    elsewhere = make_world(world.services, code="18888")
    ids = handed_in(
        world.services,
        (calling(make_graduate(world)), jpeg(SHOT), "a.jpg"),
        (calling(make_graduate(elsewhere)), jpeg(SHOT), "a.jpg"),
    )
    compare(world.services)
    assert told(world, world.school_office, *ids) == told(world, elsewhere.school_office, *ids) == {}


def test_a_college_is_told_that_there_is_one_elsewhere_but_not_who(world: World, calling: Calling) -> None:
    mine, theirs = handed_in(
        world.services,
        (calling(make_graduate(world)), jpeg(SHOT), "a.jpg"),
        (calling(make_graduate(world, college=1)), jpeg(SHOT), "a.jpg"),
    )
    compare(world.services)
    hidden = {"upload_id": None, "filing_id": None, "graduate": "其他学院的毕业生", "same": True}
    assert told(world, world.college_office, mine) == {mine: [hidden]}
    assert told(world, world.school_office, mine)[mine][0]["upload_id"] == str(theirs)


def test_what_is_not_handed_in_is_nobody_s_business(world: World, calling: Calling) -> None:
    (mine,) = handed_in(world.services, (calling(make_graduate(world)), jpeg(SHOT), "a.jpg"))
    sent(calling(make_graduate(world)), jpeg(SHOT))
    compare(world.services)
    assert told(world, world.school_office, mine) == {}


def test_flags_of_a_page_cost_one_statement_and_use_the_index(world: World, calling: Calling) -> None:
    ids = handed_in(world.services, *((calling(make_graduate(world)), jpeg(SHOT), "a.jpg") for _ in range(4)))
    compare(world.services)
    statements: list[str] = []
    stop = count_statements(world.services.db.engine, statements)
    assert len(told(world, world.school_office, *ids)) == 4
    stop()
    assert len(statements) == 1
    with world.services.db.transaction() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        plan = "\n".join(
            connection.execute(
                text("EXPLAIN SELECT id FROM upload WHERE bands && CAST(:bands AS int[])"), {"bands": [1, 2]}
            ).scalars()
        )
    assert "upload_alike" in plan


def test_a_store_that_is_away_is_waited_for_and_a_damaged_picture_is_not(
    world: World, calling: Calling, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = handed_in(
        world.services,
        (calling(make_graduate(world)), jpeg(SHOT, 90), "a.jpg"),
        (calling(make_graduate(world)), jpeg(SHOT, 80), "a.jpg"),
    )

    def away(self: Vault, *args: Any) -> bytes:
        raise StorageAway

    monkeypatch.setattr(Vault, "get", away)
    compare(world.services)
    monkeypatch.undo()
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM upload WHERE compared_at IS NULL")) == 2
    world.services.vault.put(second, "mini", b"no picture")
    compare(world.services)
    assert told(world, world.school_office, first) == {}
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM upload WHERE compared_at IS NULL")) == 0


def test_blank_pages_are_not_compared(world: World, calling: Calling) -> None:
    blank = jpeg(Image.new("RGB", (1200, 1600), (252, 252, 252)))
    ids = handed_in(
        world.services,
        (calling(make_graduate(world)), blank, "a.jpg"),
        (calling(make_graduate(world)), jpeg(Image.new("RGB", (1201, 1600), (252, 252, 252))), "b.jpg"),
    )
    compare(world.services)
    assert told(world, world.school_office, *ids) == {}
