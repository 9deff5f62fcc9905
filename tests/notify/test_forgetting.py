"""What is kept for a while only is forgotten by the clock, and nothing else is."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from app import forgetting, jobs
from app.forgetting import RULES, Kept, forget
from app.services import Services
from tests.factories import World, make_graduate
from tests.notify.helpers import Post

# Rows that ended an hour before and an hour after their time was over; :n keeps unique columns apart.
AGED = {
    "idempotent_answer": "INSERT INTO idempotent_answer (account_id, key, fingerprint, status, body, created_at)"
    " VALUES (:account, gen_random_uuid(), '', 200, '', {at})",
    "wechat_callback": "INSERT INTO wechat_callback (key, content, handled_at) VALUES (:n, '{{}}', {at})",
    "binding_scene": "INSERT INTO binding_scene (id, scene, account_id, expires_at)"
    " VALUES (gen_random_uuid(), CAST(:n AS bytea), :account, {at})",
    "login_attempt": "INSERT INTO login_attempt (id, secret, browser, way, next, openid, expires_at)"
    " VALUES (gen_random_uuid(), CAST(:n AS bytea), '', 'wechat', '/s/', 'o', {at})",
    "sign_in": "INSERT INTO sign_in (id, account_id, token, expires_at)"
    " VALUES (gen_random_uuid(), :account, CAST(:n AS bytea), {at})",
}


def age(post: Post, world: World, rule: Kept, *hours: int) -> None:
    """Rows whose time was over so many hours ago, or is not yet where it is negative."""
    account = make_graduate(world).id
    statement = text(AGED[rule.table].format(at="now() - CAST(:time AS interval) - make_interval(hours => :hours)"))
    with post.services.db.transaction() as connection:
        for number, hour in enumerate(hours):
            parameters = {"account": account, "n": str(number), "time": rule.time, "hours": hour}
            used = {name: value for name, value in parameters.items() if f":{name}" in statement.text}
            connection.execute(statement, used)


def left(post: Post, rule: Kept) -> int:
    return int(post.scalar(f"SELECT count(*) FROM {rule.table}"))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table)
def test_what_has_been_kept_long_enough_goes_and_the_rest_stays(world: World, post: Post, rule: Kept) -> None:
    age(post, world, rule, 1, 200, -1)
    jobs.Clockwork(post.services, tuple(step for step in jobs.STEPS if step.name == "forget")).tick()
    assert left(post, rule) == 1


def test_a_push_that_is_not_handled_stays_however_old(post: Post, services: Services) -> None:
    post.execute(
        "INSERT INTO wechat_callback (key, content, received_at, due_at)"
        " VALUES ('old', '{}', now() - interval '1 year', now() - interval '1 year')"
    )
    assert forget(services.db) == 0
    assert post.scalar("SELECT count(*) FROM wechat_callback") == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table)
def test_many_go_in_batches_and_what_is_too_much_the_next_time(
    world: World, post: Post, rule: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    monkeypatch.setattr(forgetting, "MOST_BATCHES", 2)
    age(post, world, rule, *range(1, 8))
    assert [forget(post.services.db) for _ in range(3)] == [4, 3, 0]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table)
def test_what_somebody_is_at_work_on_is_not_waited_for(world: World, post: Post, rule: Kept) -> None:
    age(post, world, rule, 1, 2)
    with post.services.db.transaction() as connection:
        oldest = f"SELECT FROM {rule.table} ORDER BY {rule.since} LIMIT 1 FOR UPDATE"
        connection.execute(text(oldest))
        assert forget(post.services.db) == 1
    assert forget(post.services.db) == 1


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.table)
def test_the_old_ones_are_found_over_an_index(post: Post, rule: Kept) -> None:
    find = f"SELECT ctid FROM {rule.table} WHERE {rule.since} < now() ORDER BY {rule.since} LIMIT 5000 FOR UPDATE"
    with post.services.db.transaction() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_sort = off"))
        plan = "\n".join(connection.execute(text(f"EXPLAIN {find}")).scalars())
    assert f"Index Scan using {rule.table}_old" in plan
