from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sandbox.running import CHECKOUT, SEND, eventually, invitation, running_sandbox

PERSON = {"username": "linxiao", "password": "p", "name": "林晓", "id_number": "330102200401011234"}


def test_a_restart_finds_followers_chats_records_people_tokens_and_its_clock(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as before:
        openid = before.follower("林晓", refused=["tpl-review_result"])
        access = before.access_token()
        msgid = before.call(SEND, invitation(openid) | {"client_msg_id": "kept"})["msgid"]
        before.control("POST", f"/followers/{openid}/text", {"text": "在吗"})
        before.control("POST", "/chsi/people", {"people": [PERSON]})
        before.control("POST", "/clock/advance", {"seconds": 3600})
        before.control(
            "POST", "/templates", {"id": "tpl-x", "title": "新", "fields": [{"key": "thing1", "label": "事"}]}
        )
        before.call("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "帮助", "key": "help"}]})
        eventually(lambda: before.messages(openid)[0]["receipts"])
        records = before.messages(openid)
    with running_sandbox(tmp_path) as after:
        state = after.control("GET", "/state")
        assert state["skipped"] == 3600
        assert state["people"] == 1
        assert after.messages(openid) == records
        follower = after.control("GET", f"/followers/{openid}")
        assert (follower["nickname"], follower["refused"]) == ("林晓", ["tpl-review_result"])
        chat = after.control("GET", f"/followers/{openid}/chat")["chat"]
        assert [line["kind"] for line in chat] == ["template", "text"]
        menu = after.get("/cgi-bin/menu/get", access_token=access)["menu"]
        assert menu["button"][0]["name"] == "帮助"
        assert "tpl-x" in {template["id"] for template in after.control("GET", "/templates")["templates"]}
        assert after.call(SEND, invitation(openid, "后来的"))["msgid"] > msgid


def test_what_was_accepted_a_moment_before_the_end_is_kept(tmp_path: Path) -> None:
    with running_sandbox(tmp_path, SANDBOX_DUPLICATE_WINDOW="0") as before:
        openid, access = before.follower(), before.access_token()
        for _ in range(300):
            assert before.post(SEND, invitation(openid), access_token=access)["errcode"] == 0
    with running_sandbox(tmp_path) as after:
        assert len(after.messages(openid)) == 300


def test_a_restart_within_ten_minutes_still_knows_a_client_msg_id(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as before:
        openid = before.follower()
        msgid = before.call(SEND, invitation(openid) | {"client_msg_id": "kept"})["msgid"]
    with running_sandbox(tmp_path) as after:
        assert after.call(SEND, invitation(openid) | {"client_msg_id": "kept"})["msgid"] == msgid
        assert after.call(SEND, invitation(openid))["errcode"] == 40241


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("WECHAT_AES_KEY", "short"),
        ("WECHAT_APP_ID", "gh_1"),
        ("WECHAT_TOKEN", "with space"),
        ("SANDBOX_CALLBACK_MODE", "rot13"),
        ("SANDBOX_CALLBACK_URL", "ftp://127.0.0.1/"),
        ("SANDBOX_H5_DOMAIN", "http://127.0.0.1:8000/"),
        ("SANDBOX_RECEIPT_DELAY", "soon"),
        ("SANDBOX_SMTP_PORT", "99999"),
        ("SANDBOX_SMS_CALLBACK_URL", "ftp://127.0.0.1/"),
        ("SANDBOX_SMS_SDK_APP_ID", "app"),
        ("SANDBOX_SECRET_FROZEN", "perhaps"),
    ],
)
def test_a_setting_that_cannot_be_used_stops_the_start_with_a_sentence(
    tmp_path: Path, variable: str, value: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sandbox", "--data", str(tmp_path)],
        cwd=CHECKOUT,
        env={**os.environ, variable: value},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )
    assert done.returncode == 2
    assert variable.removeprefix("SANDBOX_") in done.stderr
    assert "Traceback" not in done.stderr


def test_a_taken_mail_port_stops_the_start_with_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        done = subprocess.run(
            [sys.executable, "-m", "sandbox", "--data", str(tmp_path), "--smtp-port", str(other.getsockname()[1])],
            cwd=CHECKOUT,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert done.returncode == 2
    assert "SANDBOX_SMTP_PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_foreign_site_cannot_press_the_buttons(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as sandbox:
        headers = {"Sec-Fetch-Site": "cross-site"}
        answer = sandbox.http.post(
            f"{sandbox.url}/_sandbox/advance", data={"seconds": "60"}, headers=headers, timeout=5
        )
        assert answer.status_code == 403
        away = sandbox.http.post(
            f"{sandbox.url}/_sandbox/advance",
            data={"seconds": "60", "back": "//evil.example"},
            allow_redirects=False,
            timeout=5,
        )
        assert away.headers["Location"] == "/"
        assert sandbox.control("GET", "/state")["skipped"] == 60


def test_skipping_time_tells_the_product_when_it_is_asked_to(tmp_path: Path) -> None:
    with (
        running_sandbox(tmp_path / "one") as other,
        running_sandbox(tmp_path / "two", SANDBOX_ADVANCE_URL=f"{other.url}/_sandbox/api/clock/advance") as sandbox,
    ):
        told = sandbox.control("POST", "/clock/advance", {"seconds": 120})["told"]
        assert told == "200"
        assert other.control("GET", "/state")["skipped"] == 120
