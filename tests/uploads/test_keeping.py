"""Rows and files come and go together, whatever breaks in between."""

from __future__ import annotations

import io
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from app import jobs
from app.access import Actor
from app.models import Upload
from app.problems import NotFound
from app.storage.errors import StorageAway
from app.storage.store import Vault
from app.uploads.intake import Sender
from app.uploads.removal import KEPT_LOOSE, LEFT_OVER
from tests.api.caller import Caller, problem
from tests.factories import World
from tests.uploads.hostile import picture
from tests.uploads.papers import jpeg
from tests.uploads.sending import fetched, rows, send, sent, stored

GOOD, OTHER = jpeg(picture(1400, 1000)), jpeg(picture(1300, 1000))


def age(world: World, upload: Any, time: timedelta) -> None:
    with world.services.db.transaction() as connection:
        at = text("now() - CAST(:time AS interval)").bindparams(time=time)
        connection.execute(update(Upload).where(Upload.id == uuid.UUID(str(upload))).values(created_at=at))


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), StorageAway("EndpointConnectionError")])
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_store_that_fails_half_way_keeps_nothing_and_the_next_try_ends_it(
    student: Caller, monkeypatch: pytest.MonkeyPatch, error: Exception, after: int
) -> None:
    before, put, calls = stored(student), Vault.put, iter(range(100))

    def failing(self: Vault, *args: Any) -> None:
        if next(calls) >= after:
            raise error
        put(self, *args)

    monkeypatch.setattr(Vault, "put", failing)
    problem(send(student, GOOD), 503, "upload_busy")
    monkeypatch.undo()
    assert rows(student) == 1 and stored(student) - before == after
    with student.services.db.reading() as connection:
        (half,) = connection.execute(text("SELECT id, kept_at FROM upload")).all()
    assert half.kept_at is None
    problem(student.get(f"/uploads/{half.id}"), 404, "not_found")
    made = sent(student, GOOD)
    assert made["id"] == str(half.id) and fetched(student, made["original"]).status_code == 200
    assert stored(student) - before == 4


def test_what_a_crash_left_is_swept_with_its_files(
    world: World, student: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, put = stored(student), Vault.put

    def dying(self: Vault, owner: uuid.UUID, part: str, content: bytes) -> None:
        if part == "thumb":
            raise KeyboardInterrupt
        put(self, owner, part, content)

    monkeypatch.setattr(Vault, "put", dying)
    with pytest.raises(KeyboardInterrupt):
        send(student, GOOD)
    monkeypatch.undo()
    assert stored(student) - before == 2 and world.services.removal.sweep() == 0, "it may still be under way"
    with student.services.db.reading() as connection:
        upload = connection.scalar(text("SELECT id FROM upload"))
    age(world, upload, LEFT_OVER + timedelta(minutes=1))
    assert world.services.removal.sweep() == 1
    assert stored(student) == before and rows(student) == 0


def test_the_clock_forgets_loose_uploads_after_a_week_files_and_all(world: World, student: Caller) -> None:
    before = stored(student)
    old, young = sent(student, GOOD), sent(student, OTHER)
    age(world, old["id"], KEPT_LOOSE + timedelta(hours=1))
    age(world, young["id"], KEPT_LOOSE - timedelta(hours=1))
    jobs.Clockwork(world.services, tuple(step for step in jobs.STEPS if step.name == "forget uploads")).tick()
    assert rows(student) == 1 and stored(student) - before == 4
    problem(student.get(f"/uploads/{old['id']}"), 404, "not_found")
    assert student.get(f"/uploads/{young['id']}").status_code == 200


def test_a_store_that_is_away_while_forgetting_is_taken_up_the_next_time(
    world: World, student: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = stored(student)
    made = sent(student, GOOD)
    age(world, made["id"], KEPT_LOOSE + timedelta(hours=1))

    def away(self: Vault, *args: Any) -> None:
        raise StorageAway

    monkeypatch.setattr(Vault, "remove", away)
    world.services.removal.sweep()
    monkeypatch.undo()
    assert rows(student) == 1 and fetched(student, made["original"]).status_code == 404, "nobody sees it any more"
    world.services.removal.sweep()
    assert rows(student) == 0 and stored(student) == before


def test_what_is_being_removed_and_comes_again_is_kept_apart(world: World, student: Caller) -> None:
    made = sent(student, GOOD)
    with world.services.db.transaction() as connection:
        marked = world.services.removal.mark(connection, uuid.UUID(made["id"]))
    again = sent(student, GOOD)
    assert marked and again["id"] != made["id"]
    world.services.removal.clear([marked])
    assert rows(student) == 1 and fetched(student, again["original"]).status_code == 200


def test_one_file_sent_many_times_at_once_is_one_upload(student: Caller) -> None:
    before = stored(student)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda _: send(student, GOOD), range(8)))
    assert {answer.status_code for answer in made} == {201}
    assert len({answer.get_json()["id"] for answer in made}) == 1
    assert rows(student) == 1 and stored(student) - before == 4


def test_an_employer_s_link_sends_without_an_account(world: World, graduate: Actor) -> None:
    """What the page without an account will call; the link is the hand it came by."""
    assert graduate.graduate_id
    link = uuid.uuid4()

    def take(sender: Sender, content: bytes = GOOD) -> Any:
        spooled = _spooled(content)
        with spooled:
            return world.services.intake.take(sender, spooled, "协议.jpg", "image/jpeg")

    row = take(Sender(graduate.graduate_id, link_id=link))
    assert (row.link_id, row.account_id, row.graduate_id) == (link, None, graduate.graduate_id)
    assert take(Sender(graduate.graduate_id, link_id=link)).id == row.id
    assert take(Sender(graduate.graduate_id, link_id=uuid.uuid4())).id != row.id
    assert take(Sender(graduate.graduate_id, account_id=graduate.id)).id != row.id
    with pytest.raises(NotFound):
        take(Sender(uuid.uuid4(), link_id=link))


def _spooled(content: bytes) -> Any:
    from tempfile import SpooledTemporaryFile

    file = SpooledTemporaryFile(max_size=1 << 30)  # noqa: SIM115  (given on; in memory until it is asked for)
    file.write(io.BytesIO(content).getvalue())
    return file
