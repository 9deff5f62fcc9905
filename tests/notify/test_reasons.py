"""What an office wrote and the day it has time until, as sentences of a message."""

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


def test_a_message_that_comes_when_all_is_decided_names_no_day(world: World, post: Post) -> None:
    filed.open_modules(world)
    graduate, _ = post.follower(world)
    made = filed.draft(world, graduate, "other_destination", {}, variant="job_seeking")
    filed.submit(world, graduate, made)
    filed.approve(world, made)
    post.go_round()
    body = post.row(kind="filing.passed").body
    assert body == "其他去向登记。接下来由学校审核，三个工作日内有结果，现在不用你做什么。"
