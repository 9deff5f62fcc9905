"""首页: what is under way comes first, and of what is over only the latest."""

from __future__ import annotations

from app.models import Verdict
from tests import filed
from tests.api.conftest import Calling
from tests.factories import World, make_graduate
from tests.workflows.test_own_filings import study


def test_of_what_is_over_only_the_latest_is_shown_after_what_is_under_way(world: World, calling: Calling) -> None:
    filed.open_modules(world)
    graduate = make_graduate(world)
    under_way = filed.draft(world, graduate, "archive_registration")
    rejected = []
    for _ in range(4):
        made = filed.draft(world, graduate, "other_destination", study(world), variant="study_domestic")
        filed.submit(world, graduate, made)
        filed.decide(world, world.college_office, made, Verdict.REJECT)
        rejected.append(made)
    cards = calling(graduate).get("/home").get_json()["cards"]
    assert [card["id"] for card in cards] == [str(made) for made in (under_way, *rejected[:1:-1])]
