"""订阅消息, kept ready: consents are recorded as WeChat tells of them, and a message may be sent on each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import requests

from app.notify import subscriptions
from app.notify.wechat import Client, WeChatError
from app.settings import Settings, UnsafeSettings, WeChat
from tests.notify.helpers import Post
from tests.notify.pushes import event_of, sealed
from tests.sandbox.running import Sandbox

NAME, TEMPLATE = "invitation_received", "sub-invitation_received"
OPENID = "o" + "s" * 27
Tell = Callable[..., None]


@pytest.fixture
def account(post: Post) -> WeChat:
    """The account with the adapter switched on."""
    return replace(post.services.settings.wechat, subscriptions={NAME: TEMPLATE})


@pytest.fixture
def client(post: Post, account: WeChat) -> Iterator[Client]:
    made = Client(account, post.services.redis)
    yield made
    made.close()


@pytest.fixture
def tell(post: Post, callback_url: str) -> Tell:
    """WeChat tells of an answer at a second; ``receive`` it at once."""

    def push(event: str, holder: str, lines: Any, at: int) -> None:
        content = event_of(OPENID, event, CreateTime=str(1_800_000_000 + at), **{holder: {"List": lines}})
        query, body = sealed(content)
        assert requests.post(callback_url, params=query, data=body, timeout=5).text == "success"
        post.receive()

    return push


def answered(tell: Tell, status: str, at: int, template: str = TEMPLATE) -> None:
    line = {"TemplateId": template, "SubscribeStatusString": status, "PopupScene": "2"}
    tell("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", line, at)


def changed(tell: Tell, status: str, at: int) -> None:
    line = {"TemplateId": TEMPLATE, "SubscribeStatusString": status}
    tell("subscribe_msg_change_event", "SubscribeMsgChangeEvent", line, at)


def sent(tell: Tell, at: int, msgid: str, code: str = "0") -> None:
    line = {"TemplateId": TEMPLATE, "MsgID": msgid, "ErrorCode": code, "ErrorStatus": "success"}
    tell("subscribe_msg_sent_event", "SubscribeMsgSentEvent", line, at)


def consent(post: Post, template: str = TEMPLATE) -> tuple[str, int] | None:
    row = post.execute("SELECT status, messages FROM subscription_consent WHERE template_id = :t", t=template)
    found = row.one_or_none()
    return None if found is None else (found.status, found.messages)


def test_each_accept_allows_one_message_and_each_sent_one_uses_it_up(post: Post, tell: Tell) -> None:
    answered(tell, "accept", 1)
    answered(tell, "accept", 2)
    assert consent(post) == ("accept", 2)
    sent(tell, 3, "1")
    assert consent(post) == ("accept", 1)
    sent(tell, 3, "2", code="20001")
    assert consent(post) == ("accept", 1), "what was not sent used nothing up"
    sent(tell, 3, "3")
    sent(tell, 3, "4")
    assert consent(post) == ("accept", 0), "never below nothing"


def test_two_sent_in_the_same_second_are_two(post: Post, tell: Tell) -> None:
    for at in (1, 2, 3):
        answered(tell, "accept", at)
    sent(tell, 4, "71")
    sent(tell, 4, "72")
    assert consent(post) == ("accept", 1)


def test_a_refusal_in_the_settings_takes_all_back_and_the_newest_word_counts(post: Post, tell: Tell) -> None:
    answered(tell, "accept", 1)
    changed(tell, "reject", 5)
    assert consent(post) == ("reject", 0)
    answered(tell, "accept", 4)  # said before, heard later
    assert consent(post) == ("reject", 0)
    answered(tell, "accept", 6)
    assert consent(post) == ("accept", 1)
    answered(tell, "reject", 7)
    assert consent(post) == ("reject", 1), "a no to a further message takes none back"


def test_a_list_of_several_is_read_line_by_line(post: Post, tell: Tell) -> None:
    lines = [
        {"TemplateId": TEMPLATE, "SubscribeStatusString": "accept", "PopupScene": "0"},
        {"TemplateId": "sub-other", "SubscribeStatusString": "reject", "PopupScene": "0"},
        {"TemplateId": "sub-third", "SubscribeStatusString": "ban", "PopupScene": "0"},
    ]
    tell("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", lines, 1)
    assert (consent(post), consent(post, "sub-other"), consent(post, "sub-third")) == (
        ("accept", 1),
        ("reject", 0),
        None,
    )


@pytest.mark.parametrize("lines", [None, "text", {"TemplateId": TEMPLATE}, {"SubscribeStatusString": "accept"}])
def test_an_odd_list_records_nothing_and_stops_nothing(post: Post, tell: Tell, lines: Any) -> None:
    tell("subscribe_msg_popup_event", "SubscribeMsgPopupEvent", lines, 1)
    assert consent(post) is None
    assert post.scalar("SELECT count(*) FROM wechat_callback WHERE handled_at IS NULL OR fault IS NOT NULL") == 0


def test_a_repeated_push_allows_no_second_message(post: Post, tell: Tell) -> None:
    for _ in range(3):
        answered(tell, "accept", 1)
    assert consent(post) == ("accept", 1)


def test_a_message_goes_out_on_a_consent_and_no_second_one_does(
    post: Post, account: WeChat, client: Client, sandbox: Sandbox, callback_url: str
) -> None:
    openid = sandbox.follower()
    fields = {"thing1": "杭州远岸数据科技有限公司", "thing2": "后端开发工程师", "time3": "2027年3月20日 23:59"}
    message = {"openid": openid, "name": NAME, "url": "http://127.0.0.1:8000/s/", "fields": fields}
    with pytest.raises(WeChatError) as refused:
        subscriptions.send(client, account, **message)  # type: ignore[arg-type]
    assert refused.value.errcode == 43101
    sandbox.control("POST", f"/followers/{openid}/subscriptions", {"answers": {TEMPLATE: "accept"}})
    post.callbacks(1)
    post.receive()
    assert left(post, account, openid) == 1
    subscriptions.send(client, account, **message)  # type: ignore[arg-type]
    post.callbacks(2)
    post.receive()
    assert left(post, account, openid) == 0
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    (card,) = (line["body"]["data"] for line in chat if line["kind"] == "subscription")
    assert {key: item["value"] for key, item in card.items()} == fields


def left(post: Post, account: WeChat, openid: str) -> int:
    with post.services.db.reading() as connection:
        return subscriptions.left(connection, account, openid, NAME)


def test_it_is_off_unless_the_account_names_templates(post: Post, client: Client) -> None:
    plain = post.services.settings.wechat
    assert plain.subscriptions == {}
    with pytest.raises(subscriptions.NotConfigured):
        subscriptions.send(client, plain, openid=OPENID, name=NAME, url=None, fields={})


def test_the_setting_is_a_table_of_names(product_environment: dict[str, str]) -> None:
    on = product_environment | {"WECHAT_SUBSCRIPTIONS": '{"invitation_received": "abc"}'}
    assert Settings.from_environment(on).wechat.subscriptions == {"invitation_received": "abc"}
    with pytest.raises(UnsafeSettings, match="WECHAT_SUBSCRIPTIONS"):
        Settings.from_environment(product_environment | {"WECHAT_SUBSCRIPTIONS": "[]"})
