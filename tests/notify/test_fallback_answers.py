"""Each answer of the SMS provider and of a mail server, and each silence, leads to exactly one behaviour."""

from __future__ import annotations

import inspect
import io
import threading
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from tencentcloud.sms.v20210111 import errorcodes

from app import clock
from app.notify import fallback
from app.notify.channels.mail import MailChannel
from app.notify.channels.reply import Behaviour, Notice, without_addresses
from app.notify.channels.sms import SmsChannel, missing_templates
from app.notify.channels.sms_codes import TABLE, behaviour
from app.notify.fallback import Carrier
from tests.factories import World
from tests.notify.gateways import MailServer, SmsGateway
from tests.notify.second_post import EMAIL, PHONE, SecondPost
from tests.sandbox.running import free_port

NOTICE = Notice("0", "invitation_received", {"thing1": "远岸", "time3": "2027年3月20日 23:59"}, "题", "文", None)

OF_OTHER_CALLS = {
    "FailedOperation": (
        "ForbidAddMarketingTemplates MissingSignature MissingSignatureList MissingSignatureToModify "
        "MissingTemplateList MissingTemplateToModify NotEnterpriseCertification ProhibitSubAccountUse "
        "QualificationIdNotApproved SignIdNotExist SignNumberLimit TemplateAlreadyPassedCheck "
        "TemplateNumberLimit"
    ),
    "InvalidParameterValue": (
        "BeginTimeVerifyFail EndTimeVerifyFail ImageInvalid InvalidDocumentType InvalidInternational "
        "InvalidSignPurpose InvalidSmsType InvalidStartTime InvalidTemplateFormat InvalidUsedMethod "
        "LimitVerifyFail MarketingTemplateWithoutUnsubscribe MultiSmsInfoSetEmpty OffsetVerifyFail "
        "QualificationIdNotFound SignAlreadyPassedCheck SignExistAndUnapproved SignNameLengthTooLong "
        "TemplateWithDirtyWords UnsupportedTemplateVariable"
    ),
    "LimitExceeded": (
        "AppCountryOrRegionDailyLimit AppCountryOrRegionInBlacklist AppGlobalDailyLimit DailyLimit "
        "GlobalSmsSendingRateLimit"
    ),
    "UnauthorizedOperation": ("IndividualUserMarketingSmsPermissionDeny"),
}
"""Codes of signatures, templates and statistics, of marketing, and of numbers abroad."""


def test_every_code_of_sending_in_the_providers_library_has_its_row() -> None:
    known = {value for name, value in inspect.getmembers(errorcodes) if name.isupper()}
    others = {f"{group}.{name}" for group, names in OF_OTHER_CALLS.items() for name in names.split()}
    assert known - set(TABLE) == others
    assert behaviour("Something.New") is Behaviour.MISTAKE


@pytest.mark.parametrize(
    ("answer", "state", "then"),
    [
        ("FailedOperation.PhoneNumberInBlacklist", "failed", "sent"),
        ("LimitExceeded.PhoneNumberDailyLimit", "failed", "sent"),
        ("FailedOperation.TemplateIncorrectOrUnapproved", "failed", "sent"),
        ("Something.New", "failed", "sent"),
        ("LimitExceeded.PhoneNumberOneHourLimit", "queued", None),
        ("LimitExceeded.PhoneNumberThirtySecondLimit", "queued", None),
        ("error:RequestLimitExceeded", "queued", None),
        ("error:UnauthorizedOperation.ServiceSuspendDueToArrears", "queued", None),
        ("charset:UnauthorizedOperation.ServiceSuspendDueToArrears", "queued", None),
    ],
)
def test_an_answer_decides_what_comes_next(
    world: World, second: SecondPost, answer: str, state: str, then: str | None
) -> None:
    message = second.missed(world)
    second.sms.answers = [answer]
    second.go_round()
    second.send()
    states = second.states(message)
    assert (states["sms"], states.get("email")) == (state, then)
    row = second.rows(message)["sms"]
    assert row.code == answer.rpartition(":")[2]
    assert PHONE not in row.words
    if state == "queued":
        second.again_now()
        second.go_round()
        assert second.states(message) == {"sms": "sent"}
        assert second.counted() == {("sms", row.code): 1, ("sms", "Ok"): 1}


def test_a_refusal_of_ourselves_stops_the_channel_and_calls_the_operator(
    world: World, second: SecondPost, logged: io.StringIO
) -> None:
    message = second.missed(world)
    second.sms.answers = ["error:AuthFailure.SecretIdNotFound"]
    second.go_round()
    pause = second.post.execute("SELECT app_id, template, until > now() AS holds, errmsg FROM sending_pause").one()
    assert (pause.app_id, pause.template, pause.holds) == ("sms", "", True)
    assert pause.errmsg.startswith("AuthFailure.SecretIdNotFound: ")
    assert '"level": "critical"' in logged.getvalue()
    second.post.execute("UPDATE fallback SET next_try_at = now()")
    other = second.missed(world)
    second.go_round()
    assert second.sms.calls == 1
    assert (second.states(message), second.states(other)) == ({"sms": "queued"}, {"sms": "queued"})


def test_the_days_limit_pauses_the_channel_until_midnight(world: World, second: SecondPost) -> None:
    second.missed(world)
    second.sms.answers = ["LimitExceeded.AppDailyLimit"]
    second.go_round()
    until = second.post.scalar("SELECT to_char(until AT TIME ZONE 'Asia/Shanghai', 'HH24:MI') FROM sending_pause")
    assert until == "00:00"


def test_mail_goes_while_sms_is_paused(world: World, second: SecondPost) -> None:
    second.missed(world)
    second.sms.answers = ["error:UnauthorizedOperation.SdkAppIdIsDisabled"]
    second.go_round()
    message = second.missed(world)
    second.post.change(message.id, fallback="email")
    second.go_round()
    assert second.states(message) == {"email": "sent"}


# Silence


def test_an_urgent_sms_without_an_answer_goes_once_more_and_no_more(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    second.sms.answers = ["silence", "silence"]
    second.go_round()
    assert second.states(message) == {"sms": "queued"}
    second.send()
    assert second.sms.calls == 1
    second.again_now()
    second.go_round()
    assert second.states(message) == {"sms": "unsure", "email": "queued"}
    second.again_now()
    second.go_round()
    assert (second.sms.calls, second.states(message)) == (2, {"sms": "unsure", "email": "sent"})


def test_any_other_sms_without_an_answer_goes_on_by_mail(
    world: World, second: SecondPost, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = second.missed(world)
    second.post.change(message.id, urgent=False)
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 3, 16, 4, 0, tzinfo=UTC))  # noon
    fallback.open_due(second.services)
    second.again_now()
    second.sms.answers = ["silence"]
    second.send()
    second.send()
    assert (second.sms.calls, second.states(message)) == (1, {"sms": "unsure", "email": "sent"})


def test_a_gateway_that_is_not_there_was_not_asked(world: World, second: SecondPost) -> None:
    account = second.services.settings.sms
    assert account is not None
    channel = SmsChannel(replace(account, api_url=f"http://127.0.0.1:{free_port()}"))
    reply = channel.send(NOTICE, PHONE)
    channel.close()
    assert (reply.behaviour, reply.code) == (Behaviour.BUSY, "none")


def test_a_wrong_key_is_noticed_by_the_gateway(second: SecondPost) -> None:
    account = second.services.settings.sms
    assert account is not None
    channel = SmsChannel(replace(account, secret_key="another"))
    reply = channel.send(NOTICE, PHONE)
    channel.close()
    assert (reply.behaviour, reply.code) == (Behaviour.STOP_CHANNEL, "AuthFailure.SignatureFailure")


def test_no_proxy_of_the_machine_is_asked(second: SecondPost, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
    with Carrier(second.services) as carrier:
        assert carrier.channels["sms"].send(NOTICE, PHONE).behaviour is Behaviour.ACCEPTED


@pytest.mark.parametrize("address", ["+85291234567", "1391234567", "1391234567８", "", "139 1234 5678"])
def test_what_is_no_mobile_of_the_mainland_is_not_sent(second: SecondPost, address: str) -> None:
    reply = second.carrier.channels["sms"].send(NOTICE, address)
    assert (reply.behaviour, reply.called, second.sms.calls) == (Behaviour.GIVE_UP, False, 0)


def test_a_template_without_an_sms_goes_by_mail(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    second.post.change(message.id, template="agreement_effective")
    second.go_round()
    second.go_round()
    assert (second.sms.calls, second.states(message)) == (0, {"sms": "failed", "email": "sent"})


def test_templates_without_an_id_are_named() -> None:
    assert missing_templates({"invitation_received": "1", "review_result": ""}) == [
        "invitation_expiring",
        "return_link",
        "return_link_again",
        "review_result",
    ]


# Senders that die


def test_a_sender_that_died_is_followed_by_another_once_its_lease_has_ended(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    fallback.open_due(second.services)
    (row,) = second.rows(message).values()
    second.set(row.id, "state = 'sending', lease = gen_random_uuid(), attempts = 1, next_try_at = now() + '1 minute'")
    second.send()
    assert second.sms.calls == 0
    second.again_now()
    second.send()
    assert (second.sms.calls, second.states(message)) == (1, {"sms": "sent"})


@pytest.mark.parametrize(("urgent", "attempts"), [(True, 2), (False, 1)])
def test_what_a_dead_sender_may_have_sent_is_not_sent_without_end(
    world: World, second: SecondPost, urgent: bool, attempts: int
) -> None:
    message = second.missed(world)
    second.post.change(message.id, urgent=urgent)
    fallback.open_due(second.services)
    (row,) = second.rows(message).values()
    second.set(row.id, f"state = 'sending', lease = gen_random_uuid(), attempts = {attempts}, next_try_at = now()")
    second.send()
    second.send()
    assert (second.sms.calls, second.states(message)) == (0, {"sms": "unsure", "email": "sent"})


def test_a_dead_sender_is_not_forgotten_while_a_push_is_waited_for(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    second.post.change(message.id, urgent=False)
    fallback.open_due(second.services)
    second.post.change(message.id, state="sent")
    (row,) = second.rows(message).values()
    second.set(row.id, "state = 'sending', lease = gen_random_uuid(), attempts = 1, next_try_at = now()")
    second.send()
    assert (second.sms.calls, second.rows(message)["sms"].state) == (0, "unsure")


def test_a_sender_whose_lease_has_gone_to_another_writes_nothing(world: World, second: SecondPost) -> None:
    message = second.missed(world)
    taken = threading.Event()

    def take_over() -> None:
        if not taken.is_set():
            taken.set()
            second.post.execute("UPDATE fallback SET lease = gen_random_uuid()")

    second.sms.while_called = take_over
    second.go_round()
    row = second.rows(message)["sms"]
    assert (row.state, row.provider_id, len(second.sms.sent)) == ("sending", None, 1)


def test_two_senders_share_what_is_due(world: World, second: SecondPost) -> None:
    messages = [second.missed(world) for _ in range(12)]
    fallback.open_due(second.services)
    start = threading.Barrier(2)

    def send() -> None:
        with Carrier(second.services) as carrier:
            start.wait()
            fallback.send_due(second.services, carrier)

    senders = [threading.Thread(target=send) for _ in range(2)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert len(second.sms.sent) == len({sent["SessionContext"] for sent in second.sms.sent}) == len(messages)
    assert {second.states(message)["sms"] for message in messages} == {"sent"}


# Mail


@pytest.mark.parametrize(
    ("refusal", "state"),
    [("450 4.2.1 try later {address}", "queued"), ("550 5.1.1 <{address}>: no such user", "failed")],
)
def test_a_mail_server_may_say_later_or_never(world: World, second: SecondPost, refusal: str, state: str) -> None:
    message = second.missed(world, phone=None)
    second.mail.refusals = [refusal]
    second.go_round()
    second.go_round()
    row = second.rows(message)["email"]
    assert (row.state, row.code) == (state, refusal[:3])
    assert EMAIL not in row.words
    second.again_now()
    second.go_round()
    assert len(second.mail.arrived) == (1 if state == "queued" else 0)


def test_a_mail_server_that_is_not_there_is_tried_again(world: World, second: SecondPost) -> None:
    account = second.services.settings.mail
    assert account is not None
    reply = MailChannel(replace(account, port=free_port()), "quxiang.example").send(NOTICE, EMAIL)
    assert (reply.behaviour, reply.code) == (Behaviour.BUSY, "none")


@pytest.mark.parametrize("changes", [{"user": "u", "password": "p"}, {"security": "starttls"}])
def test_a_server_that_offers_less_than_is_demanded_stops_the_channel(
    second: SecondPost, mail: MailServer, changes: dict[str, Any]
) -> None:
    account = second.services.settings.mail
    assert account is not None
    reply = MailChannel(replace(account, **changes), "quxiang.example").send(NOTICE, EMAIL)
    assert (reply.behaviour, mail.arrived) == (Behaviour.STOP_CHANNEL, [])


@pytest.mark.parametrize("address", ["", "nobody", "a@b\nBcc: c@d", "林@example.com", "a b@c"])
def test_what_is_no_mailbox_is_not_written_to(second: SecondPost, address: str) -> None:
    reply = second.carrier.channels["email"].send(NOTICE, address)
    assert (reply.behaviour, reply.called, second.mail.arrived) == (Behaviour.GIVE_UP, False, [])


# Personal data


def test_no_address_is_logged_or_kept(world: World, second: SecondPost, logged: io.StringIO) -> None:
    first, other = second.missed(world), second.missed(world, phone=None)
    second.sms.answers = ["FailedOperation.PhoneNumberInBlacklist"]
    second.mail.refusals = ["550 5.1.1 <{address}>: no such user", "550 <{address}>"]
    second.go_round()
    second.go_round()
    assert {second.rows(message)["email"].state for message in (first, other)} == {"failed"}
    with second.services.db.reading() as connection:
        kept = " ".join(
            str(connection.exec_driver_sql(f"SELECT to_jsonb(t)::text FROM {name} t").all())
            for name in ("fallback", "sending_count", "sending_pause", "message")
        )
    for where in (kept, logged.getvalue()):
        assert len(where) > 500
        for secret in (PHONE, EMAIL, EMAIL.partition("@")[0]):
            assert secret not in where


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("+8613912345678 is\nrefused", "… is refused"),
        ("<lin.zhixia@example.edu.cn>: unknown", "<…>: unknown"),
        ("550 5.1.1 no", "550 5.1.1 no"),
        ("x" * 500, "x" * 200),
    ],
)
def test_words_of_others_are_kept_without_addresses(said: str, kept: str) -> None:
    assert without_addresses(said) == kept


def test_an_answer_that_is_none_leaves_it_open(second: SecondPost, sms: SmsGateway) -> None:
    sms.answers = ["silence"]
    reply = second.carrier.channels["sms"].send(NOTICE, PHONE)
    assert (reply.behaviour, reply.code) == (Behaviour.UNANSWERED, "none")
