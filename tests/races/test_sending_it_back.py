"""The stamped agreement comes back from both sides at once: one set wins, whatever the moment."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from functools import partial

from sqlalchemy import text, update

from app.models import Upload
from app.services import Services
from app.workflows import filing, return_link
from tests import filed
from tests.factories import make_graduate, make_world
from tests.races.rivals import at_once, outcome, rounds
from tests.support import assert_invariants
from tests.uploads.made import make_upload


def test_the_graduate_and_two_hands_at_the_link_leave_one_set_under_review(crowded: Services) -> None:
    world = make_world(crowded)
    filed.open_modules(world)
    for _ in range(rounds(8)):
        graduate = make_graduate(world)
        claim = filed.generated(world, graduate)
        with crowded.db.transaction() as connection:
            token = return_link.issue(connection, graduate, claim, world.sealer).token
            link = connection.scalar(text("SELECT id FROM return_link WHERE claim_id = :claim"), {"claim": claim})
        own = filed.draft(world, graduate, "stamped_agreement", {})
        theirs = make_upload(world, graduate)
        with crowded.db.transaction() as connection:
            connection.execute(update(Upload).where(Upload.id == theirs).values(account_id=None, link_id=link))
        seen = filed.row(world, own).version
        through = partial(
            return_link.submit, token=token, uploads=[theirs], request_id=str(uuid.uuid4()), sealer=world.sealer
        )
        acts: list[Callable[[], str]] = [
            partial(
                outcome, crowded, partial(filing.submit, actor=graduate, filing_id=own, seen=seen, sealer=world.sealer)
            ),
            partial(outcome, crowded, through),
            partial(outcome, crowded, through),
        ]
        assert at_once(acts).count("ok") == 1
        with crowded.db.reading() as connection:
            at_desk = connection.execute(
                text("SELECT files FROM filing WHERE claim_id = :claim AND state = 'college_review'"), {"claim": claim}
            ).all()
            used = connection.scalar(text("SELECT used_at FROM return_link WHERE id = :id"), {"id": link})
        kinds = [row.files["agreement"] == [str(theirs)] for row in at_desk if "agreement" in row.files]
        assert kinds == [used is not None]
    assert_invariants(crowded)
