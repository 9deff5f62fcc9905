"""What WeChat does not bring goes by SMS, then by e-mail; what is no longer wanted goes nowhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app import clock
from app.models import Channel, Verdict
from app.notify import fallback
from app.settings import QuietHours
from tests import factories
from tests.factories import World
from tests.notify.gateways import TEMPLATES
from tests.notify.second_post import EMAIL, PHONE, SecondPost
from tests.sandbox.running import SEND, Sandbox


def test_who_does_not_follow_is_sent_an_sms(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    second.go_round()
    (sent,) = second.sms.sent
    assert sent["PhoneNumberSet"] == [f"+86{PHONE}"]
    assert sent["TemplateId"] == TEMPLATES["invitation_received"]
    assert sent["TemplateParamSet"] == [message.fields["thing1"], message.fields["time3"]]
    assert (sent["SignName"], sent["SmsSdkAppId"]) == ("江州大学就业", "1400006666")
    row = second.rows(message)["sms"]
    assert (row.state, row.provider_id, row.code, row.attempts) == ("sent", sent["serial"], "Ok", 1)
    assert second.post.row(id=message.id).fallback is None
    second.go_round()
    assert len(second.sms.sent) == 1
    assert second.counted() == {("sms", "Ok"): 1}


def test_who_refused_the_template_is_sent_an_sms(world: World, second: SecondPost, sandbox: Sandbox) -> None:
    graduate, _ = second.post.follower(world)
    factories.send(world, graduate)
    second.post.tell()
    message = second.post.row(kind="invitation.received", recipient=graduate.id)
    second.post.change(message.id, fallback="sms")
    fallback.open_due(second.services)
    assert second.rows(message) == {}
    sandbox.control("POST", "/faults", {"path": SEND, "errcode": 43101, "times": 1})
    second.post.send()
    second.go_round()
    assert second.states(message) == {"sms": "sent"}


def test_who_blocked_us_is_sent_an_sms_once_the_receipt_says_so(
    world: World, second: SecondPost, sandbox: Sandbox, callback_url: str
) -> None:
    graduate, _ = second.post.follower(world)
    factories.send(world, graduate)
    second.post.tell()
    message = second.post.row(kind="invitation.received", recipient=graduate.id)
    second.post.change(message.id, fallback="sms")
    sandbox.control("POST", "/faults", {"path": SEND, "status": "failed:user block", "times": 1})
    second.post.send()
    second.post.callbacks()
    second.go_round()
    assert second.rows(message) == {}
    second.post.receive()
    second.go_round()
    assert second.states(message) == {"sms": "sent"}


@pytest.mark.parametrize(
    "values",
    [{"expires_at": text("now()")}, {"read_at": text("now()")}, {"state": "cancelled"}, {"state": "delivered"}],
)
def test_what_is_over_or_read_goes_nowhere(world: World, second: SecondPost, values: dict[str, Any]) -> None:
    message = second.missed(world)
    second.post.change(message.id, **values)
    second.go_round()
    assert (second.sms.sent, second.rows(message)) == ([], {})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"read_at": text("now()")}, "read"),
        ({"state": "delivered"}, "arrived"),
        ({"state": "cancelled"}, "cancelled"),
        ({"expires_at": text("now()")}, "expired"),
    ],
)
def test_what_ends_between_opening_and_sending_goes_nowhere(
    world: World, second: SecondPost, values: dict[str, Any], code: str
) -> None:
    message = second.missed(world)
    fallback.open_due(second.services)
    second.post.change(message.id, **values)
    second.send()
    row = second.rows(message)["sms"]
    assert (second.sms.calls, row.state, row.code, row.attempts) == (0, "expired", code, 0)


def test_who_answered_meanwhile_is_sent_nothing(world: World, second: SecondPost) -> None:
    graduate = second.graduate(world)
    invitation = factories.send(world, graduate)
    second.post.tell()
    message = second.miss(second.post.row(kind="invitation.received", recipient=graduate.id))
    fallback.open_due(second.services)
    factories.accept(world, graduate, invitation)
    second.send()
    assert (second.sms.calls, second.states(message)) == (0, {"sms": "expired"})


def test_who_opened_the_invitation_itself_has_read_of_it(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    fallback.open_due(second.services)
    second.post.execute("UPDATE invitation SET seen_at = now() WHERE id = :id", id=message.subject)
    second.send()
    assert second.rows(message)["sms"].code == "read"


def test_a_push_that_is_under_way_again_is_waited_for(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    fallback.open_due(second.services)
    second.post.change(message.id, state="queued")
    second.send()
    row = second.rows(message)["sms"]
    assert (second.sms.calls, row.state, row.attempts) == (0, "queued", 0)
    assert row.next_try_at > clock.now()


@pytest.mark.parametrize(("urgent", "opened"), [(True, 1), (False, 0)])
def test_an_unsettled_push_is_doubled_only_where_it_is_urgent(
    world: World, second: SecondPost, urgent: bool, opened: int
) -> None:
    message = second.missed(world, state="unsure")
    second.post.change(message.id, urgent=urgent, state="unsure")
    second.go_round()
    assert len(second.sms.sent) == opened
    second.post.change(message.id, state="blocked")
    second.go_round()
    assert len(second.sms.sent) == 1


@pytest.mark.parametrize(("minutes", "opened"), [(29, 0), (31, 1)])
def test_for_a_receipt_that_does_not_come_nothing_waits_for_ever(
    world: World, second: SecondPost, minutes: int, opened: int
) -> None:
    message = second.missed(world, state="unsure")
    tried = text(f"now() - interval '{minutes} minutes'")
    second.post.change(message.id, urgent=False, first_tried_at=tried)
    second.go_round()
    assert len(second.sms.sent) == opened


def test_without_a_phone_it_goes_by_mail(world: World, second: SecondPost) -> None:
    message = second.missed(world, phone=None)
    second.go_round()
    second.go_round()
    assert second.states(message) == {"sms": "no_address", "email": "sent"}
    (mail,) = second.mail.arrived
    assert (mail["To"], mail["Subject"]) == (EMAIL, message.title)
    assert mail["Message-ID"] == f"<{second.rows(message)['email'].id}@{second.services.settings.host.split(':')[0]}>"
    body = mail.get_content()
    assert message.body in body
    assert f"{second.services.settings.public_url}{message.href}" in body


def test_with_neither_it_ends(world: World, second: SecondPost) -> None:
    message = second.missed(world, phone=None, email=False)
    second.go_round()
    second.go_round()
    assert second.states(message) == {"sms": "no_address", "email": "no_address"}
    assert (second.sms.calls, second.mail.arrived) == (0, [])


def test_a_channel_that_is_not_set_up_is_said_to_be_off(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    second.carrier.channels = {}
    second.go_round()
    second.go_round()
    assert [(row.state, row.code) for row in second.rows(message).values()] == [("failed", "off")] * 2
    assert second.counted() == {}


def test_employers_are_written_to_at_their_own_mailbox(world: World, second: SecondPost) -> None:
    graduate = factories.make_graduate(world)
    factories.refuse(world, graduate, factories.send(world, graduate))
    second.post.tell()
    second.miss(second.post.row(kind="answer.refused"), Channel.EMAIL)
    sealed = world.sealer.seal("hr@example.com", "email")
    second.post.execute("UPDATE account SET email = :sealed WHERE id = :id", sealed=sealed, id=world.employer.id)
    second.go_round()
    assert [mail["To"] for mail in second.mail.arrived] == ["hr@example.com"]


def test_a_graduate_who_looks_at_the_invitation_has_not_read_for_the_employer(world: World, second: SecondPost) -> None:
    graduate = factories.make_graduate(world)
    invitation = factories.send(world, graduate)
    factories.refuse(world, graduate, invitation)
    second.post.tell()
    message = second.miss(second.post.row(kind="answer.refused"), Channel.EMAIL)
    sealed = world.sealer.seal("hr@example.com", "email")
    second.post.execute("UPDATE account SET email = :sealed WHERE id = :id", sealed=sealed, id=world.employer.id)
    second.post.execute("UPDATE invitation SET seen_at = now() WHERE id = :id", id=invitation)
    second.go_round()
    assert second.states(message) == {"email": "sent"}


def test_a_result_goes_on_as_long_as_it_is_the_result(world: World, second: SecondPost) -> None:
    graduate = second.graduate(world)
    factories.accept(world, graduate, factories.send(world, graduate))
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    second.post.tell()
    message = second.miss(second.post.row(kind="result.passed", recipient=graduate.id))
    fallback.open_due(second.services)
    factories.decide(world, world.school_office, graduate, Verdict.REJECT, "材料不全")
    second.post.tell()
    rejected = second.miss(second.post.row(kind="result.rejected", recipient=graduate.id))
    second.post.execute("UPDATE fallback SET next_try_at = now()")
    fallback.open_due(second.services)
    second.post.execute("UPDATE message SET urgent = true")  # whatever the hour
    second.post.execute("UPDATE fallback SET next_try_at = now()")
    second.send()
    assert (second.states(message), second.states(rejected)) == ({"sms": "expired"}, {"sms": "sent"})


# The night

NIGHT, DAY = datetime(2027, 3, 16, 15, 30, tzinfo=UTC), datetime(2027, 3, 16, 4, 0, tzinfo=UTC)
TONIGHT = datetime(2027, 3, 16, 15, 59, 59, tzinfo=UTC)


@pytest.fixture
def quiet_second(second: SecondPost) -> SecondPost:
    """With the quiet hours of production."""
    settings = replace(second.services.settings, quiet_hours=QuietHours(time(22), time(8)))
    object.__setattr__(second.services, "settings", settings)
    return second


@pytest.mark.parametrize(
    ("urgent", "at", "ends", "sent"),
    [
        (False, NIGHT, TONIGHT, 0),
        (True, NIGHT, TONIGHT, 1),
        (True, NIGHT, NIGHT + timedelta(days=3), 0),
        (False, DAY, TONIGHT, 1),
    ],
    ids=["night", "urgent and lost by the morning", "urgent and not lost by the morning", "day"],
)
def test_at_night_only_what_would_be_lost_by_the_morning_wakes_a_phone(
    world: World,
    quiet_second: SecondPost,
    monkeypatch: pytest.MonkeyPatch,
    urgent: bool,
    at: datetime,
    ends: datetime,
    sent: int,
) -> None:
    second = quiet_second
    message = second.missed(world)
    deadline = "UPDATE invitation SET respond_by = :ends WHERE id = :id"
    second.post.execute(deadline, ends=ends, id=message.subject)
    second.post.change(message.id, urgent=urgent, expires_at=ends)
    monkeypatch.setattr(clock, "now", lambda: at)
    second.go_round()
    row = second.rows(message)["sms"]
    assert (len(second.sms.sent), row.state) == (sent, "sent" if sent else "queued")
    if not sent:
        assert row.next_try_at > datetime.now(UTC) + timedelta(hours=8)


def test_mail_wakes_nobody_and_goes_at_night(
    world: World, quiet_second: SecondPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = quiet_second
    message = second.missed(world)
    second.post.change(message.id, urgent=False, fallback="email")
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    second.go_round()
    assert second.states(message) == {"email": "sent"}
