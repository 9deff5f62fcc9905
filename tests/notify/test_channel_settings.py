"""The other channels are set up wholly or not at all, and safely in production."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from app.settings import Mail, Settings, UnsafeSettings
from tests.factories import World
from tests.notify.gateways import MailServer, SmsGateway, environment
from tests.notify.processes import processes
from tests.notify.second_post import SecondPost
from tests.sandbox.running import eventually


@pytest.fixture
def given(product_environment: dict[str, str]) -> dict[str, str]:
    return product_environment | environment(
        SmsGateway("https://sms.tencentcloudapi.com"), MailServer("smtp://localhost")
    )


def test_without_their_settings_both_are_off(product_environment: dict[str, str]) -> None:
    read = Settings.from_environment(product_environment)
    assert (read.sms, read.mail) == (None, None)


def test_with_them_both_are_on(given: dict[str, str]) -> None:
    read = Settings.from_environment(given)
    assert read.sms is not None
    assert (read.sms.api_url, read.sms.templates) == (
        "https://sms.tencentcloudapi.com",
        json.loads(given["SMS_TEMPLATES"]),
    )
    assert read.mail == Mail("localhost", 25, "none", "", "", given["MAIL_FROM"])


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtps://lin%40x:p%2Fw@mail.example.com", ("mail.example.com", 465, "tls", "lin@x", "p/w")),
        ("smtp+starttls://a:b@mail.example.com:2525/", ("mail.example.com", 2525, "starttls", "a", "b")),
        ("smtp://127.0.0.1", ("127.0.0.1", 25, "none", "", "")),
    ],
)
def test_a_mail_servers_address_says_how_to_speak_to_it(
    given: dict[str, str], url: str, expected: tuple[str, int, str, str, str]
) -> None:
    assert Settings.from_environment(given | {"SMTP_URL": url}).mail == Mail(*expected, given["MAIL_FROM"])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SMS_SECRET_KEY": "", "SMS_SIGN_NAME": ""}, "SMS_SECRET_KEY, SMS_SIGN_NAME not set"),
        ({"SMS_CALLBACK_TOKEN": ""}, "SMS_CALLBACK_TOKEN is not set"),
        ({"SMS_CALLBACK_TOKEN": "short"}, "SMS_CALLBACK_TOKEN must be at least 32"),
        ({"SMS_CALLBACK_TOKEN": "/" * 40}, "SMS_CALLBACK_TOKEN must be at least 32"),
        ({"SMS_API_URL": "sms.tencentcloudapi.com"}, "SMS_API_URL must be an http(s) URL"),
        ({"SMS_API_URL": "https://a.example/sms"}, "SMS_API_URL must not have a path"),
        ({"SMS_TEMPLATES": "[]"}, "SMS_TEMPLATES must be a JSON object"),
        ({"MAIL_FROM": ""}, "MAIL_FROM not set"),
        ({"MAIL_FROM": "nobody"}, "MAIL_FROM must be an address"),
        ({"MAIL_FROM": "a@b\nBcc: c@d"}, "MAIL_FROM must be an address"),
        ({"SMTP_URL": "mail.example.com"}, "SMTP_URL must be smtp://"),
        ({"SMTP_URL": "smtp://mail.example.com:0x"}, "SMTP_URL must be smtp://"),
        ({"SMTP_URL": "https://mail.example.com"}, "SMTP_URL must be smtp://"),
    ],
)
def test_what_is_odd_stops_the_start(given: dict[str, str], changes: dict[str, str], fault: str) -> None:
    with pytest.raises(UnsafeSettings) as caught:
        Settings.from_environment(given | changes)
    assert fault in str(caught.value)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"SMS_API_URL": "http://sms.tencentcloudapi.com"}, "SMS_API_URL must use https"),
        ({"SMTP_URL": "smtp://mail.example.com"}, "SMTP_URL must use smtps"),
        ({"SMTP_URL": "smtp://localhost"}, None),
        ({"SMTP_URL": "smtps://mail.example.com"}, None),
    ],
)
def test_production_speaks_in_the_clear_to_itself_only(
    given: dict[str, str], changes: dict[str, str], fault: str | None
) -> None:
    with pytest.raises(UnsafeSettings) as caught:  # the other addresses of the test are plain, too
        Settings.from_environment(given | {"QX_ENV": "production"} | changes)
    said = [sentence for sentence in str(caught.value).split("; ") if "SMS" in sentence or "SMTP" in sentence]
    assert len(said) == (0 if fault is None else 1)
    assert fault is None or fault in said[0]


@pytest.fixture
def running_environment(product_environment: dict[str, str], sms: SmsGateway, mail: MailServer) -> dict[str, str]:
    return product_environment | environment(sms, mail)


def test_the_processes_carry_it_all_the_way_by_themselves(
    world: World, second: SecondPost, running_environment: dict[str, str], tmp_path: Path
) -> None:
    by_phone, by_mail = second.missed(world), second.missed(world, phone=None)
    with processes(running_environment, tmp_path) as running:
        running.sweeper()
        running.notices()
        eventually(lambda: second.sms.sent and second.mail.arrived, 30)
        eventually(lambda: second.states(by_mail).get("email") == "sent")
    assert second.states(by_phone) == {"sms": "sent"}
    assert [mail["Subject"] for mail in second.mail.arrived] == [by_mail.title]


def test_a_worker_without_an_sms_template_does_not_start(running_environment: dict[str, str], tmp_path: Path) -> None:
    lacking = running_environment | {"SMS_TEMPLATES": '{"review_result": "1"}'}
    with processes(lacking, tmp_path) as running, pytest.raises(AssertionError, match="SMS_TEMPLATES lacks invitation"):
        running.notices()
