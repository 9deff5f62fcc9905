"""The mail server, spoken to by the standard library's client."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.running import Sandbox, free_port, running_sandbox


@pytest.fixture(scope="module")
def smtp_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory, smtp_port: int) -> Iterator[Sandbox]:
    with running_sandbox(tmp_path_factory.mktemp("mail"), SANDBOX_SMTP_PORT=str(smtp_port)) as made:
        yield made


@pytest.fixture(autouse=True)
def _clean(sandbox: Sandbox) -> Iterator[None]:
    yield
    sandbox.control("DELETE", "/faults")
    sandbox.control("DELETE", "/mails")


def mail(to: str, subject: str = "签约邀请") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "去向 <no-reply@quxiang.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Message-ID"] = "<m-1@quxiang.example>"
    message.set_content("远岸科技向你发来签约邀请。\n")
    message.add_alternative("<p>远岸科技向你发来<b>签约邀请</b>。</p>", subtype="html")
    return message


def deliver(port: int, *receivers: str, **changes: str) -> dict[str, Any]:
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
        return smtp.send_message(mail(receivers[0], **changes), to_addrs=list(receivers))


def fault(sandbox: Sandbox, **rule: Any) -> None:
    sandbox.control("POST", "/faults", {"path": "mail"} | rule)


def received(sandbox: Sandbox, to: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sandbox.control("GET", "/mails", to=to)["mails"]
    return found


def test_a_mail_is_kept_with_both_its_forms(sandbox: Sandbox, smtp_port: int) -> None:
    assert deliver(smtp_port, "lin@stu.example.edu.cn") == {}
    (kept,) = received(sandbox, "LIN@stu.example.edu.cn")
    assert (kept["subject"], kept["message_id"]) == ("签约邀请", "<m-1@quxiang.example>")
    assert kept["text"] == "远岸科技向你发来签约邀请。\n"
    assert "<b>签约邀请</b>" in kept["html"]
    assert kept["sender"] == "no-reply@quxiang.example"
    assert received(sandbox, "other@stu.example.edu.cn") == []


def test_one_receiver_can_be_refused_for_good_while_the_others_get_it(sandbox: Sandbox, smtp_port: int) -> None:
    fault(sandbox, errcode=550, to="gone@stu.example.edu.cn")
    refused = deliver(smtp_port, "here@stu.example.edu.cn", "gone@stu.example.edu.cn")
    assert refused["gone@stu.example.edu.cn"][0] == 550
    (kept,) = received(sandbox)
    assert kept["to"] == ["here@stu.example.edu.cn"]


def test_a_receiver_can_be_refused_for_now(sandbox: Sandbox, smtp_port: int) -> None:
    fault(sandbox, errcode=451, times=1)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
        deliver(smtp_port, "lin@stu.example.edu.cn")
    assert caught.value.recipients["lin@stu.example.edu.cn"][0] == 451
    assert deliver(smtp_port, "lin@stu.example.edu.cn") == {}


def test_the_answer_to_a_mail_can_be_lost_after_it_was_taken(sandbox: Sandbox, smtp_port: int) -> None:
    fault(sandbox, reset=True, after=True, times=1)
    with pytest.raises((smtplib.SMTPException, ConnectionError)):
        deliver(smtp_port, "lin@stu.example.edu.cn")
    assert len(received(sandbox)) == 1


def test_the_connection_can_end_before_a_mail_is_taken(sandbox: Sandbox, smtp_port: int) -> None:
    fault(sandbox, reset=True, times=1)
    with pytest.raises((smtplib.SMTPException, ConnectionError)):
        deliver(smtp_port, "lin@stu.example.edu.cn")
    assert received(sandbox) == []


def test_a_slow_server_is_slower_than_an_impatient_client(sandbox: Sandbox, smtp_port: int) -> None:
    fault(sandbox, delay=3, times=1)
    with (
        pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"),
        smtplib.SMTP("127.0.0.1", smtp_port, timeout=0.3) as smtp,
    ):
        smtp.send_message(mail("lin@stu.example.edu.cn"))
    assert received(sandbox) == []


def test_mails_are_read_in_pages_and_outlive_a_restart(tmp_path: Path) -> None:
    port = free_port()
    with running_sandbox(tmp_path, SANDBOX_SMTP_PORT=str(port)) as before:
        for number in range(3):
            deliver(port, "lin@stu.example.edu.cn", subject=f"第{number}封")
        first = before.control("GET", "/mails", limit=1)["mails"][0]
        rest = before.control("GET", "/mails", since=first["id"])["mails"]
        assert [m["subject"] for m in (first, *rest)] == ["第0封", "第1封", "第2封"]
    with running_sandbox(tmp_path) as after:
        state = after.control("GET", "/state")
        assert state["mails"] == 3
        assert after.control("GET", "/mails")["smtp_port"] == 0
