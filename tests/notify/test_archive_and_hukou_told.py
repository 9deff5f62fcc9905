"""What a graduate is told of archive and hukou without having filed anything."""

from __future__ import annotations

from app.access import Role
from app.workflows import roster_deletion
from tests import filed, moved
from tests.factories import World, make_staff
from tests.moved import ADDRESS, BROUGHT
from tests.notify.helpers import Post


def kinds(post: Post) -> list[str]:
    """What was told of archive, hukou and confirmation so far."""
    told = (row.kind for row in post.rows())
    return [kind for kind in told if kind.startswith(("transfer.", "confirmation."))]


def test_what_is_copied_doubted_and_lapsed_is_told(world: World, post: Post) -> None:
    moved.open_all(world)
    graduate, openid = post.follower(world)
    moved.signed(world, graduate, **BROUGHT)
    moved.report(world)
    moved.confirmed(world, graduate)
    post.go_round()
    assert kinds(post) == ["transfer.copied"]
    copied = post.row(kind="transfer.copied")
    assert (copied.title, copied.href) == ("档案信息已按你的去向登记", "/s/archive")
    moved.terminated(world, graduate)
    post.go_round()
    assert "confirmation.renewed" in kinds(post)
    doubted = post.row(kind="transfer.doubted")
    assert (doubted.mark, doubted.title) == ("mine", "请核对档案信息：来源去向已失效")
    assert graduate.graduate_id is not None
    with world.services.db.transaction() as connection:
        assert roster_deletion.delete_base_data(connection, world.school_office, graduate.graduate_id, "退学")
    post.go_round()
    assert kinds(post)[-1] == "transfer.lapsed"
    assert post.row(kind="transfer.doubted").mark == "lost", "its turn is over"
    shown = [card["thing1"] for card in post.cards(openid) if card["template"] == "review_result"]
    assert shown.count("档案信息") >= 3


def test_new_data_to_take_over_are_told_once(world: World, post: Post) -> None:
    moved.open_all(world)
    graduate, _ = post.follower(world)
    moved.registered(world, graduate, ADDRESS | {"receiver_name": "绍兴市人才市场管理服务中心"})
    moved.signed(world, graduate, **BROUGHT)
    post.go_round()
    told = post.row(kind="transfer.take_over")
    assert (told.mark, told.title) == ("mine", "新去向里有不同的档案信息")


def test_what_the_school_registers_for_one_is_told(world: World, post: Post) -> None:
    moved.open_all(world)
    graduate, _ = post.follower(world)
    office = world.college_office
    made = filed.draft(world, office, "archive_registration", ADDRESS, graduate=graduate)
    filed.submit(world, office, made)
    filed.decide(world, make_staff(world, Role.COLLEGE, "苏老师", college_id=world.colleges[0]), made)
    filed.decide(world, world.school_office, made)
    post.go_round()
    told = [row.kind for row in post.rows(recipient=graduate.id)]
    assert told.count("filing.filed_for_you") == told.count("filing.approved") == 1
