"""A reason that an office wrote becomes a sentence of the message, however it was ended."""

from __future__ import annotations

import pytest

from app.models import Verdict
from tests import filed
from tests.factories import World
from tests.notify.helpers import Post


@pytest.mark.parametrize("reason", ["照片不清楚", "照片不清楚。"])
def test_a_reason_ends_before_the_next_sentence_begins(world: World, post: Post, reason: str) -> None:
    filed.open_modules(world)
    graduate, _ = post.follower(world)
    made = filed.draft(world, graduate, "other_destination", {}, variant="job_seeking")
    filed.submit(world, graduate, made)
    filed.decide(world, world.college_office, made, Verdict.RETURN, reason=reason)
    post.go_round()
    body = post.row(kind="filing.returned").body
    assert body == "其他去向登记。原因：照片不清楚。请改好后重新提交，不用从头填写。"
