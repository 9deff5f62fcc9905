"""Workers and sweepers as they run: killed, doubled, told to end, with engines that go away under them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
import redis as redis_client
from sqlalchemy import text

from app.notify.claims import LEASE
from app.notify.sender import Sender
from app.schema import migrate
from app.services import Services
from app.settings import Settings
from tests import factories
from tests.factories import World, make_world
from tests.machine import Machine
from tests.notify.helpers import Post
from tests.notify.processes import Processes, processes
from tests.sandbox.running import Sandbox, eventually


@pytest.fixture
def running(product_environment: dict[str, str], tmp_path: Path) -> Iterator[Processes]:
    with processes(product_environment, tmp_path) as made:
        yield made


def invite_many(world: World, post: Post, count: int) -> list[str]:
    """So many invitations to so many phones."""
    openids = []
    for _ in range(count):
        graduate, openid = post.follower(world)
        factories.send(world, graduate)
        openids.append(openid)
    return openids


def cards_per_phone(post: Post, openids: list[str]) -> Counter[int]:
    """How many phones have how many cards."""
    accepted = Counter(card["touser"] for card in post.sandbox.control("GET", "/messages")["messages"])
    return Counter(accepted[openid] for openid in openids)


def accepted_more_than(sandbox: Sandbox, count: int) -> bool:
    return len(sandbox.control("GET", "/messages")["messages"]) > count


def all_sent(post: Post, count: int) -> bool:
    return bool(post.scalar("SELECT count(*) = :n FROM message WHERE NOT reminder AND state = 'sent'", n=count))


def let_leases_end(post: Post, older_than: float = 0.0) -> None:
    """As a minute would, for what was claimed so many seconds ago. What a living sender is writing at this moment is
    left alone: waiting for one row while holding another is how two writers of many rows come to a deadlock."""
    post.execute(
        "UPDATE message SET next_try_at = now() WHERE id IN"
        " (SELECT id FROM message WHERE state = 'sending' AND next_try_at <= now() + :left FOR UPDATE SKIP LOCKED)",
        left=LEASE - timedelta(seconds=older_than),
    )


def test_an_act_becomes_a_card_by_itself_and_both_processes_end_with_zero(
    world: World, post: Post, running: Processes
) -> None:
    sweeper, notices = running.sweeper(), running.notices()
    (openid,) = invite_many(world, post, 1)
    eventually(lambda: post.cards(openid))
    assert (sweeper.terminate(), notices.terminate()) == (0, 0)
    assert "error" not in (sweeper.said() + notices.said()).lower()


def test_the_clock_expires_what_is_due_and_tells_both(world: World, post: Post, running: Processes) -> None:
    running.sweeper()
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    factories.move_deadline(world, sent, 1)
    eventually(lambda: factories.row(world, sent).state == "expired")
    kinds = {"invitation.expired", "answer.expired"}
    eventually(lambda: kinds <= {row.kind for row in post.rows()})


def test_a_sender_killed_in_mid_batch_loses_nothing_and_doubles_nothing(
    world: World, post: Post, sandbox: Sandbox, running: Processes
) -> None:
    openids = invite_many(world, post, 120)
    sandbox.set(answer_delay=0.25)
    running.sweeper()
    for _ in range(3):
        notices = running.notices()
        before = len(sandbox.control("GET", "/messages")["messages"])
        eventually(partial(accepted_more_than, sandbox, before + 8), 20)
        notices.kill()
        under_way = post.scalar("SELECT count(*) FROM message WHERE state = 'sending'")
        assert under_way > 0, "the kill must hit messages under way, or it shows nothing"
        let_leases_end(post)
    running.notices()

    def settled() -> bool:
        let_leases_end(post, older_than=3)  # a living sender keeps what it has in hand
        return all_sent(post, len(openids))

    eventually(settled, 40)
    assert cards_per_phone(post, openids) == {1: len(openids)}


def test_redis_emptied_in_the_middle_loses_nothing(
    world: World, post: Post, sandbox: Sandbox, running: Processes, redis_url: str
) -> None:
    openids = invite_many(world, post, 100)
    sandbox.set(answer_delay=0.2)
    running.sweeper()
    running.notices()
    with redis_client.Redis.from_url(redis_url) as connection:
        for _ in range(6):
            time.sleep(0.4)
            connection.flushdb()
    eventually(lambda: all_sent(post, len(openids)), 40)
    assert cards_per_phone(post, openids) == {1: len(openids)}


def test_two_sweepers_and_two_senders_share_the_work(world: World, post: Post, running: Processes) -> None:
    for _ in range(2):
        running.sweeper()
        running.notices()
    openids = invite_many(world, post, 150)
    overdue = []
    for _ in range(60):
        graduate = factories.make_graduate(world)
        sent = factories.send(world, graduate)
        factories.move_deadline(world, sent, 0.2)
        overdue.append(sent)
    eventually(lambda: all_sent(post, len(openids)), 40)
    expired = "SELECT count(*) FROM event WHERE name = 'invitation.expired' AND subject = ANY(:ids)"
    eventually(lambda: post.scalar(expired, ids=overdue) == len(overdue), 20)
    eventually(lambda: post.scalar("SELECT count(*) FROM event WHERE fanned_out_at IS NULL") == 0, 20)
    assert cards_per_phone(post, openids) == {1: len(openids)}
    doubled = "SELECT count(*) FROM (SELECT 1 FROM message GROUP BY event_id, recipient, kind HAVING count(*) > 1) d"
    assert post.scalar(doubled) == 0


def test_a_sender_told_to_end_finishes_what_it_has_in_hand(
    world: World, post: Post, sandbox: Sandbox, running: Processes
) -> None:
    openids = invite_many(world, post, 100)
    sandbox.set(answer_delay=0.3)
    running.sweeper()
    notices = running.notices()
    eventually(lambda: sandbox.control("GET", "/state")["messages"] and post.rows(state="sending"), 20)
    assert notices.terminate() == 0
    assert post.rows(state="sending") == []
    running.notices()
    eventually(lambda: all_sent(post, len(openids)), 30)
    assert cards_per_phone(post, openids) == {1: len(openids)}


def test_a_process_with_unsafe_settings_does_not_start(product_environment: dict[str, str], tmp_path: Path) -> None:
    for name, value, complaint in (
        ("WECHAT_TEMPLATES", "{}", "WECHAT_TEMPLATES lacks"),
        ("WECHAT_SEND_RATE", "fast", "WECHAT_SEND_RATE must be"),
    ):
        with (
            pytest.raises(AssertionError, match=complaint),
            processes(product_environment | {name: value}, tmp_path) as made,
        ):
            made.notices()


# Engines of this test's own, that may be stopped


@pytest.fixture
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    made = Machine(tmp_path_factory.mktemp("machine"))
    yield made
    made.close()


def test_engines_may_go_away_and_come_back(
    machine: Machine, product_environment: dict[str, str], sandbox: Sandbox, tmp_path: Path
) -> None:
    environment = product_environment | machine.urls
    services = Services.build(Settings.from_environment(environment))
    migrate(services.db.engine)
    with Sender(services) as sender, processes(environment, tmp_path) as running:
        post, world = Post(services, sender, sandbox), make_world(services)
        sweeper, notices = running.sweeper(), running.notices()
        (first,) = invite_many(world, post, 1)
        eventually(lambda: post.cards(first))

        machine.stop("redis")
        (second,) = invite_many(world, post, 1)
        time.sleep(2.5)
        machine.start("redis")
        eventually(lambda: post.cards(second), 30)

        services.db.dispose()
        machine.stop("postgres")
        time.sleep(2.5)
        machine.start("postgres")
        (third,) = eventually(lambda: invite_many(world, post, 1), 20)
        eventually(lambda: post.cards(third), 30)

        assert sweeper.alive
        assert notices.alive
        assert cards_per_phone(post, [first, second, third]) == {1: 3}
        said = sweeper.said()
        assert said.count("engine away") == 2, said
        assert said.count("engine back") == 2
        assert "Traceback" not in said
        assert (sweeper.terminate(), notices.terminate()) == (0, 0)
        with services.db.reading() as connection:
            assert connection.scalar(text("SELECT count(*) FROM event WHERE fanned_out_at IS NULL")) == 0
    services.close()
