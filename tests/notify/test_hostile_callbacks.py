"""R9: whatever is thrown at the callback leaves one effect or nothing; the only 5xx is the one that asks to repeat."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app import create_app
from app.notify.callback import sign
from app.services import Services
from tests.factories import World
from tests.notify.helpers import Post
from tests.notify.pushes import ACCOUNT, event_of, said, sealed, text_of, xml
from tests.sandbox.running import TOKEN, Sandbox, eventually

Throw = Callable[..., requests.Response]
Push = tuple[dict[str, str], bytes]


@pytest.fixture
def throw(callback_url: str) -> Iterator[Throw]:
    """Sends a query (a dict, or text as it is) and a body."""
    with requests.Session() as session:

        def send(query: dict[str, str] | str, body: bytes) -> requests.Response:
            tail = query if isinstance(query, str) else urlencode(query)
            return session.post(f"{callback_url}?{tail}", data=body, headers={"Content-Type": "text/xml"}, timeout=5)

        yield send


def stored(post: Post) -> int:
    return int(post.scalar("SELECT count(*) FROM wechat_callback"))


OPENID = "o" + "h" * 27
DEEP = "<a>" * 2_000 + "</a>" * 2_000
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(10))
INSIDE: dict[str, str] = {
    "nested": f"<xml>{DEEP}</xml>",
    "nested beside what is needed": text_of(OPENID, "x").replace("</xml>", DEEP + "</xml>"),
    "a thousand elements": text_of(OPENID, "x").replace("</xml>", "".join(f"<e{i}/>" for i in range(1_000)) + "</xml>"),
    "a thousand in a list": text_of(OPENID, "x").replace("</xml>", "<e>1</e>" * 1_000 + "</xml>"),
    "entities": f'<?xml version="1.0"?><!DOCTYPE x [{BOMB}]>' + text_of(OPENID, "x").replace(">x<", ">&e9;<"),
    "a file": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    + text_of(OPENID, "x").replace(">x<", ">&f;<"),
    "a parameter entity": '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x">%p;]><xml/>',
    "another encoding": '<?xml version="1.0" encoding="utf-7"?>' + text_of(OPENID, "x"),
    "nobody's": xml(CreateTime="1800000000", MsgType="text"),
    "empty": "",
    "json": '{"xml": {"FromUserName": "x"}}',
}


@pytest.mark.parametrize("content", INSIDE.values(), ids=INSIDE)
def test_a_seal_of_ours_around_a_hostile_body_opens_to_a_400(throw: Throw, post: Post, content: str) -> None:
    assert throw(*sealed(content)).status_code == 400
    assert stored(post) == 0


OUTSIDE: dict[str, Callable[[Push], tuple[Any, bytes]]] = {
    "an invented signature": lambda p: (p[0] | {"signature": "0" * 40, "msg_signature": "0" * 40}, p[1]),
    "no signature at all": lambda p: ({}, p[1]),
    "a changed time": lambda p: (p[0] | {"timestamp": "1800000001"}, p[1]),
    "another appid": lambda p: sealed(text_of(OPENID, "x"), app_id="wx" + "f" * 16),
    "a seal cut short": lambda p: (p[0], p[1].replace(b"</Encrypt>", b"")),
    "plain where sealed is the rule": lambda p: (
        {name: p[0][name] for name in ("signature", "timestamp", "nonce")},
        text_of(OPENID, "x").encode(),
    ),
    "plain that calls itself raw": lambda p: (p[0] | {"encrypt_type": "raw"}, text_of(OPENID, "x").encode()),
    "a parameter twice": lambda p: (urlencode(p[0]) + "&timestamp=1", p[1]),
    "a signature twice": lambda p: (urlencode(p[0]) + "&msg_signature=" + p[0]["msg_signature"], p[1]),
    "bytes for a query": lambda p: ("signature=%ff%fe&timestamp=%00&nonce=%c3%28", p[1]),
    "random bytes": lambda p: (p[0], random.Random(9).randbytes(4_000)),
    "a body of 200 KB": lambda p: (p[0], b"<xml>" + b"a" * 200_000 + b"</xml>"),
}


@pytest.mark.parametrize("change", OUTSIDE.values(), ids=OUTSIDE)
def test_a_push_that_is_not_wechat_s_is_refused(throw: Throw, post: Post, change: Any) -> None:
    answer = throw(*change(sealed(text_of(OPENID, "进度"))))
    assert answer.status_code in (400, 403, 413) and answer.text == ""
    assert stored(post) == 0


def test_seals_that_open_to_garbage_are_refused(throw: Throw, post: Post) -> None:
    lots = random.Random(3)
    for length in (0, 1, 15, 16, 31, 32, 64, 1_000):
        encrypted = base64.b64encode(lots.randbytes(length)).decode()
        query = {"signature": sign(TOKEN, "1", "n"), "timestamp": "1", "nonce": "n", "encrypt_type": "aes"}
        query["msg_signature"] = sign(TOKEN, "1", "n", encrypted)
        body = f"<xml><Encrypt>{encrypted}</Encrypt></xml>".encode()
        assert throw(query, body).status_code in (400, 403)
    assert stored(post) == 0


def test_a_nonce_of_ten_thousand_bytes_is_a_nonce(throw: Throw, post: Post) -> None:
    assert said(throw(*sealed(text_of(OPENID, "帮助"), nonce="n" * 10_000))) is not None
    assert stored(post) == 1


def test_a_push_retried_three_times_and_replayed_later_has_one_effect(throw: Throw, post: Post, world: World) -> None:
    push = sealed(event_of(OPENID, "subscribe"))
    for _ in range(3):
        assert throw(*push).status_code == 200
    post.receive()
    left = sealed(event_of(OPENID, "unsubscribe"))
    assert throw(*left).status_code == 200
    post.receive()
    assert throw(*push).status_code == 200, "a replay of the first"
    post.receive()
    assert stored(post) == 2
    assert post.scalar("SELECT following FROM wechat_follower WHERE openid = :o", o=OPENID) is False


def test_while_the_table_is_locked_wechat_is_asked_to_repeat_and_the_repeat_is_stored_once(
    throw: Throw, post: Post, world: World
) -> None:
    _, openid = post.follower(world)
    push = sealed(text_of(openid, "帮助"))
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE wechat_callback IN ACCESS EXCLUSIVE MODE"))
        assert [throw(*push).status_code for _ in range(2)] == [500, 500]
    for _ in range(2):
        assert said(throw(*push)) is not None
    assert stored(post) == 1


def test_the_platform_repeats_until_it_is_stored_and_then_shows_the_answer_once(
    post: Post, world: World, sandbox: Sandbox, callback_url: str
) -> None:
    _, openid = post.follower(world)
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE wechat_callback IN ACCESS EXCLUSIVE MODE"))
        sandbox.control("POST", f"/followers/{openid}/text", {"text": "帮助"})
        eventually(
            lambda: [
                push
                for push in sandbox.control("GET", "/callbacks")["pushes"]
                if push["openid"] == openid and push["outcome"] == "500"
            ]
        )

    def replies() -> list[Any]:
        lines = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
        return [line for line in lines if line["kind"] == "reply"]

    eventually(replies)
    assert len(replies()) == 1 and stored(post) == 1


def test_while_the_database_is_away_wechat_is_asked_to_repeat_and_a_forged_push_is_still_refused(
    post: Post, sandbox: Sandbox
) -> None:
    away = replace(post.services.settings, database_url="postgresql+psycopg://nobody@127.0.0.1:9/none")
    lost = Services.build(away)
    browser = create_app(away, lost).test_client()
    for content in (text_of(OPENID, "进度"), event_of(OPENID, "TEMPLATESENDJOBFINISH")):
        query, body = sealed(content)
        assert browser.post("/wechat/callback", query_string=query, data=body).status_code == 500
        assert browser.post("/wechat/callback", query_string=query | {"nonce": "x"}, data=body).status_code == 403
    lost.close()


def _flip(raw: bytes, places: list[tuple[int, int]]) -> bytes:
    changed = bytearray(raw)
    for place, value in places:
        if changed:
            changed[place % len(changed)] = value
    return bytes(changed)


MUTATIONS = st.lists(st.tuples(st.integers(0, 5_000), st.integers(0, 255)), min_size=1, max_size=6)


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(places=MUTATIONS, cut=st.integers(0, 400), extra=st.binary(max_size=60))
def test_a_sealed_body_with_any_bytes_changed_is_never_a_5xx_and_never_stored(
    throw: Throw, post: Post, places: list[tuple[int, int]], cut: int, extra: bytes
) -> None:
    query, body = sealed(text_of(OPENID, "进度"))
    changed = _flip(body, places)[cut:] + extra
    answer = throw(query, changed)
    intact = body[body.index(b"<Encrypt>") : body.index(b"</Encrypt>")] in changed
    if not intact:
        assert answer.status_code in (400, 403), (answer.status_code, changed)
        assert stored(post) == 0
    else:
        assert answer.status_code in (200, 400, 403)
        post.execute("TRUNCATE wechat_callback")


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)
@given(places=MUTATIONS, extra=st.text(max_size=30))
def test_what_comes_out_of_a_good_seal_is_never_a_5xx(
    throw: Throw, post: Post, places: list[tuple[int, int]], extra: str
) -> None:
    """Behind the seal only WeChat writes; its odd bodies are read or refused, nothing else."""
    raw = _flip(text_of(OPENID, "进度").encode(), places).decode(errors="replace") + extra
    assert throw(*sealed(raw)).status_code in (200, 400)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True)
@given(words=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=200))
def test_any_text_a_person_types_is_stored_and_answered(throw: Throw, post: Post, words: str) -> None:
    message = said(throw(*sealed(text_of(OPENID, words))))
    assert message is not None and message["ToUserName"] == OPENID and message["FromUserName"] == ACCOUNT
