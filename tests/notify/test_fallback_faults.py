"""A fault of ours in the middle of a batch takes nothing along that was sent: it is recorded, and not sent twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from app.notify import fallback
from tests.factories import World
from tests.notify.second_post import PHONE, SecondPost


def test_what_was_sent_is_recorded_though_the_database_fails_another_of_the_batch(
    world: World, second: SecondPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = [second.missed(world) for _ in range(2)]
    second.carrier.threads.shutdown()
    second.carrier.threads = ThreadPoolExecutor(1)
    monkeypatch.setattr(fallback, "FRESH", -1.0)  # each is asked about again before its call
    second.sms.while_called = lambda: second.post.execute("ALTER TABLE invitation RENAME TO away")
    try:
        second.go_round()
    finally:
        second.sms.while_called = None
        second.post.execute("ALTER TABLE away RENAME TO invitation")
    assert sorted(second.states(message)["sms"] for message in messages) == ["queued", "sent"]
    second.again_now()
    second.go_round()
    assert [second.states(message)["sms"] for message in messages] == ["sent", "sent"]
    assert (len(second.sms.sent), second.counted()) == (2, {("sms", "Ok"): 2})


def test_an_address_that_cannot_even_be_looked_at_fails_alone(world: World, second: SecondPost) -> None:
    good, bad = (second.missed(world) for _ in range(2))
    kid = world.sealer.seal(PHONE, "phone").partition(b"\0")[0]
    second.post.execute(
        "UPDATE graduate SET phone = :cut FROM account a WHERE a.graduate_id = graduate.id AND a.id = :who",
        cut=kid + b"\0", who=bad.recipient,
    )  # fmt: skip
    second.go_round()
    assert (second.states(good)["sms"], second.rows(bad)["sms"].state) == ("sent", "failed")
    assert (second.rows(bad)["sms"].code, second.rows(bad)["sms"].attempts) == ("fault", 0)
    second.go_round()
    assert second.states(bad) == {"sms": "failed", "email": "sent"}
    assert len(second.sms.sent) == 1
