"""/metrics answers for the whole system, whatever is away, and scraping it cannot hurt."""

from __future__ import annotations

import re
import uuid
from dataclasses import replace

import pytest
from flask.testing import FlaskClient
from rq import SimpleWorker
from sqlalchemy import text

from app import VERSION, create_app, jobs
from app.db import count_statements
from app.models import Verdict
from app.queries import backlog
from app.queries import metrics as collector
from app.services import Services
from app.workflows.deadlines import PUT_OFF
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.notify.scraping import Samples, scraped, value
from tests.notify.stuck import poison
from tests.sandbox.running import APP_ID


@pytest.fixture
def client(services: Services, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """An API whose answers are not kept, so that each scrape sees what the test has just done."""
    monkeypatch.setattr(collector, "FRESH", 0.0)
    return create_app(services.settings, services).test_client()


def test_the_queue_is_told_by_state_and_urgency_with_the_age_of_its_oldest(
    world: World, post: Post, client: FlaskClient
) -> None:
    for _ in range(3):
        graduate, _ = post.follower(world)
        factories.send(world, graduate)
    open_events = scraped(client)
    assert value(open_events, "quxiang_events_waiting") == 3
    assert value(open_events, "quxiang_messages_waiting", state="queued", urgent="false", held="false") == 0
    post.tell()
    (first, *_) = post.rows(kind="invitation.received")
    post.change(first.id, next_try_at=first.due_at - PUT_OFF, state="rate_limited")
    now = scraped(client)
    urgent = "true" if first.urgent else "false"
    assert value(now, "quxiang_events_waiting") == 0
    assert value(now, "quxiang_messages_waiting", state="queued", urgent=urgent, held="false") == 2
    assert value(now, "quxiang_messages_waiting", state="rate_limited", urgent=urgent, held="false") == 1
    assert 3600 <= value(now, "quxiang_oldest_due_seconds", urgent=urgent) < 3900
    assert not any(labels >= {("urgent", urgent), ("held", "true")} for _, labels in now)


def test_what_a_pause_holds_is_told_apart_so_that_one_cause_calls_once(
    world: World, post: Post, client: FlaskClient
) -> None:
    graduate, _ = post.follower(world)
    factories.send(world, graduate)
    post.tell()
    post.execute(
        "INSERT INTO sending_pause (app_id, template, until, errcode, errmsg)"
        " VALUES (:app, 'invitation_received', now() + interval '1 hour', 40037, 'gone')",
        app=APP_ID,
    )
    now = scraped(client)
    assert value(now, "quxiang_sending_paused", channel="wechat", template="invitation_received", code="40037") == 1
    held = [many for (name, labels), many in now.items() if name.endswith("_waiting") and ("held", "true") in labels]
    assert held == [1]
    assert {value(now, "quxiang_oldest_due_seconds", urgent=urgent) for urgent in ("true", "false")} == {0}
    post.execute("UPDATE sending_pause SET until = now()")
    assert not any(name == "quxiang_sending_paused" for name, _ in scraped(client))


def test_sends_are_counted_over_the_days_so_that_the_count_never_falls(post: Post, client: FlaskClient) -> None:
    today = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    post.execute(
        "INSERT INTO sending_count (app_id, day, channel, code, calls) VALUES"
        f" (:app, {today}, 'wechat', '0', 40), (:app, {today} - 1, 'wechat', '0', 900),"
        f" (:app, {today}, 'wechat', 'none', 2), (:app, {today}, 'sms', 'Ok', 7)",
        app=APP_ID,
    )
    post.execute(
        f"INSERT INTO sending_quota (app_id, day, daily_limit, used) VALUES (:app, {today}, 100000, 41)", app=APP_ID
    )
    now = scraped(client)
    assert value(now, "quxiang_sends_total", channel="wechat", code="0") == 940
    assert value(now, "quxiang_sends_total", channel="wechat", code="none") == 2
    assert value(now, "quxiang_sends_total", channel="sms", code="Ok") == 7
    assert value(now, "quxiang_day_budget_used") == 42, "today's, of WeChat"
    assert value(now, "quxiang_day_budget_limit") == 100_000
    assert value(now, "quxiang_day_budget_told") == 41


def test_rows_that_are_stuck_are_counted_by_kind(world: World, post: Post, client: FlaskClient) -> None:
    late = factories.send(world, factories.make_graduate(world))
    factories.move_deadline(world, late, -50)
    factories.sign(world, factories.make_graduate(world))
    before = scraped(client)
    assert value(before, "quxiang_overdue_deadlines") == 1
    assert 50 <= value(before, "quxiang_oldest_overdue_seconds") < 350
    assert value(before, "quxiang_documents_due") == 1
    poison(post, late)
    after = scraped(client)
    for what in collector.STUCK:
        assert value(before, "quxiang_poisoned_rows", what=what) == 0
        assert value(after, "quxiang_poisoned_rows", what=what) == 1
    assert value(after, "quxiang_overdue_deadlines") == value(after, "quxiang_documents_due") == 0
    assert value(after, "quxiang_callbacks_waiting") == 1


def test_unsure_and_reviewed_pushes_of_the_last_day_are_counted(world: World, post: Post, client: FlaskClient) -> None:
    for state, hours in (("unsure", 1), ("unsure", 30), ("in_review", 2)):
        graduate, _ = post.follower(world)
        sent = factories.send(world, graduate)
        post.tell()
        message = post.row(kind="invitation.received", subject=sent)
        post.execute(
            "UPDATE message SET state = :state, first_tried_at = now() - make_interval(hours => :hours) WHERE id = :id",
            state=state, hours=hours, id=message.id,
        )  # fmt: skip
    now = scraped(client)
    assert value(now, "quxiang_messages_unsettled", state="unsure") == 1
    assert value(now, "quxiang_messages_unsettled", state="in_review") == 1


def test_pushes_whose_receipt_does_not_come_are_counted(world: World, post: Post, client: FlaskClient) -> None:
    for state, minutes in (("sent", 29), ("sent", 31), ("sent", 24 * 60 + 1), ("delivered", 31)):
        graduate, _ = post.follower(world)
        sent = factories.send(world, graduate)
        post.tell()
        post.execute(
            "UPDATE message SET state = :state, first_tried_at = now() - make_interval(mins => :minutes)"
            " WHERE subject = :subject AND kind = 'invitation.received'",
            state=state, minutes=minutes, subject=sent,
        )  # fmt: skip
    now = scraped(client)
    assert value(now, "quxiang_messages_without_receipt") == 1
    assert not any(("state", "sent") in labels for name, labels in now if name == "quxiang_messages_unsettled")


def test_the_clock_is_told_by_its_beats(services: Services, client: FlaskClient) -> None:
    def fail(services: Services) -> None:
        raise ValueError

    jobs.Clockwork(services, (*jobs.STEPS, jobs.Step("shaky", fail))).tick()
    now = scraped(client)
    assert value(now, "quxiang_clock_beat_seconds", step="expire") < 60
    assert value(now, "quxiang_clock_step_failing", step="expire") == 0
    assert value(now, "quxiang_clock_step_failing", step="shaky") == 1
    assert value(now, "quxiang_build_info", version=VERSION, **_rest_of_build(now)) == 1


def _rest_of_build(samples: Samples) -> dict[str, str]:
    (labels,) = [dict(labels) for name, labels in samples if name == "quxiang_build_info"]
    assert labels["schema"] >= "0002"
    return {name: label for name, label in labels.items() if name != "version"}


def test_an_engine_that_is_away_is_told_and_the_rest_still_comes(services: Services) -> None:
    nowhere = replace(services.settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/x")
    with_redis = Services.build(nowhere)
    now = scraped(create_app(nowhere, with_redis).test_client())
    with_redis.close()
    assert (value(now, "quxiang_up", engine="postgresql"), value(now, "quxiang_up", engine="redis")) == (0, 1)
    assert value(now, "quxiang_jobs_waiting", queue="notices") == 0
    assert not any(name == "quxiang_events_waiting" for name, _ in now), "absent, not 0"
    without = Services.build(replace(services.settings, redis_url="unix:///nowhere.sock"))
    now = scraped(create_app(without.settings, without).test_client())
    without.close()
    assert (value(now, "quxiang_up", engine="postgresql"), value(now, "quxiang_up", engine="redis")) == (1, 0)
    assert value(now, "quxiang_events_waiting") == 0


def test_many_scrapes_ask_the_database_once(services: Services) -> None:
    client = create_app(services.settings, services).test_client()
    sent: list[str] = []
    stop = count_statements(services.db.engine, sent)
    for _ in range(5):
        scraped(client)
    stop()
    assert len(sent) == 2


def test_the_backlog_is_read_from_partial_indexes_only(post: Post) -> None:
    """Whatever is stored: with sequential scans forbidden, a table without a fitting index would still show one."""
    with post.services.db.transaction() as connection:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        explained = connection.execute(
            text("EXPLAIN " + backlog._WAITING.text), {"app": APP_ID, "most": backlog.MOST}
        ).scalars()
        plan = "\n".join(explained)
    used = set(re.findall(r"Index (?:Only )?Scan using (\w+)", plan))
    assert used - {"sending_pause_pkey"} == {
        "message_due", "message_under_way", "message_unsettled", "event_open", "wechat_callback_open",
        "invitation_due", "document_due", "document_failed", "fallback_due",
    }  # fmt: skip
    assert not re.search(r"Seq Scan on (?!sending_pause)", plan)


def test_requests_are_counted_by_route_and_answer_and_never_by_path(client: FlaskClient) -> None:
    secret = f"/api/v1/invitations/{uuid.uuid4()}"
    client.get("/healthz")
    client.get(secret)
    client.get("/330108200401010014")
    page = client.get("/metrics").get_data(as_text=True)
    assert 'endpoint="health.healthz"' in page and 'status="401"' in page and 'endpoint="none"' in page
    assert secret.rpartition("/")[2] not in page and "330108200401010014" not in page


def test_workers_are_counted_while_they_give_signs_of_life(services: Services, client: FlaskClient) -> None:
    worker = SimpleWorker([jobs.NOTICES], connection=services.redis, serializer="json")
    worker.register_birth()  # type: ignore[no-untyped-call]
    assert value(scraped(client), "quxiang_workers", queue="notices") == 1
    services.redis.delete(worker.key)  # as Redis does when a worker was killed
    now = scraped(client)
    assert (value(now, "quxiang_workers", queue="notices"), value(now, "quxiang_workers", queue="documents")) == (0, 0)
    jobs.ring(services.redis, jobs.NOTICES)
    assert value(scraped(client), "quxiang_jobs_waiting", queue="notices") == 1
    assert 0 < value(now, "quxiang_storage_free_ratio") < 1


def test_reviews_leave_nothing_waiting(world: World, services: Services, client: FlaskClient) -> None:
    """A whole story, worked off: every number is back at rest."""
    graduate = factories.make_graduate(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    jobs.Clockwork(services).tick()
    now = scraped(client)
    for name in ("events_waiting", "callbacks_waiting", "overdue_deadlines", "messages_sending"):
        assert value(now, f"quxiang_{name}") == 0
