"""Subscription messages: consent by consent, and the three events that wechatpy does not know."""

from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from tests.sandbox.running import SEND, Product, Sandbox, eventually

BIZSEND = "/cgi-bin/message/subscribe/bizsend"
ONCE, LONG = "sub-invitation_expiring", "sub-review_result"


def card(openid: str, template_id: str = ONCE, **changes: Any) -> dict[str, Any]:
    data = {
        ONCE: {"thing1": {"value": "杭州远岸数据科技有限公司"}, "time2": {"value": "2026年3月20日 23:59"}},
        LONG: {"thing1": {"value": "毕业去向登记"}, "phrase2": {"value": "已通过"}},
    }
    return {"touser": openid, "template_id": template_id, "data": data[template_id]} | changes


def says(sandbox: Sandbox, openid: str, answers: dict[str, str], **more: Any) -> dict[str, int]:
    answer = sandbox.control("POST", f"/followers/{openid}/subscriptions", {"answers": answers} | more)
    consents: dict[str, int] = answer["consents"]
    return consents


def list_of(xml: str, element: str) -> list[dict[str, str]]:
    rows = ElementTree.fromstring(xml).findall(f"{element}/List")
    return [{item.tag: item.text or "" for item in row} for row in rows]


def test_without_a_consent_it_is_43101_and_each_consent_is_good_once(sandbox: Sandbox) -> None:
    openid = sandbox.follower(following=False)
    assert sandbox.call(BIZSEND, card(openid))["errcode"] == 43101
    assert says(sandbox, openid, {ONCE: "accept"}) == {ONCE: 1}
    assert says(sandbox, openid, {ONCE: "accept"}) == {ONCE: 2}
    answers = [sandbox.call(BIZSEND, card(openid)) for _ in range(3)]
    assert [answer["errcode"] for answer in answers] == [0, 0, 43101]
    assert answers[0] == {"errcode": 0, "errmsg": "ok"}
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    assert [line["kind"] for line in chat] == ["subscription"] * 2


def test_a_lasting_consent_holds_until_it_is_switched_off(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    says(sandbox, openid, {LONG: "accept"})
    assert [sandbox.call(BIZSEND, card(openid, LONG))["errcode"] for _ in range(3)] == [0, 0, 0]
    assert says(sandbox, openid, {LONG: "reject"}, managed=True) == {}
    assert sandbox.call(BIZSEND, card(openid, LONG))["errcode"] == 43101


def test_one_question_about_several_templates_is_one_event_with_a_repeated_list(
    sandbox: Sandbox, product: Product
) -> None:
    openid = sandbox.follower()
    says(sandbox, openid, {ONCE: "accept", LONG: "reject"}, scene=2)
    (push,) = product.wait("subscribe_msg_popup_event")
    assert list_of(push.xml, "SubscribeMsgPopupEvent") == [
        {"TemplateId": ONCE, "SubscribeStatusString": "accept", "PopupScene": "2"},
        {"TemplateId": LONG, "SubscribeStatusString": "reject", "PopupScene": "2"},
    ]
    assert push.query["openid"] == openid


def test_switching_off_and_the_outcome_of_a_send_are_events_of_their_own(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower(blocked=True)
    says(sandbox, openid, {ONCE: "accept", LONG: "accept"})
    says(sandbox, openid, {LONG: "reject"}, managed=True)
    (changed,) = [push for push in product.wait("subscribe_msg_change_event") if openid in push.xml]
    assert list_of(changed.xml, "SubscribeMsgChangeEvent") == [{"TemplateId": LONG, "SubscribeStatusString": "reject"}]
    sandbox.call(BIZSEND, card(openid))
    sandbox.control("PATCH", f"/followers/{openid}", {"blocked": False})
    says(sandbox, openid, {ONCE: "accept"})
    sandbox.call(BIZSEND, card(openid))

    def outcomes() -> dict[str, str]:
        """MsgID → what became of it, of this follower: the test before may still be told of its own."""
        pushes = product.wait("subscribe_msg_sent_event")
        told = [list_of(push.xml, "SubscribeMsgSentEvent")[0] for push in pushes if openid in push.xml]
        return {one["MsgID"]: f"{one['ErrorCode']} {one['ErrorStatus']}" for one in told}

    eventually(lambda: len(outcomes()) == 2)
    assert sorted(outcomes().values()) == ["0 success", "1 failed:user block"]
    assert all(int(msgid) > 2**53 for msgid in outcomes())


@pytest.mark.parametrize(
    ("changes", "errcode"),
    [
        ({"touser": "nobody"}, 40003),
        ({"template_id": "tpl-invitation_received"}, 40037),
        ({"template_id": "sub-nothing"}, 40037),
        ({"page": "javascript:alert(1)"}, 47003),
        ({"data": {"thing1": {"value": "二" * 21}, "time2": {"value": "23:59"}}}, 47003),
        ({"data": {"thing1": {"value": "单位"}}}, 47003),
        ({"data": "x"}, 47001),
    ],
)
def test_a_bad_message_is_named_and_uses_up_no_consent(sandbox: Sandbox, changes: dict[str, Any], errcode: int) -> None:
    openid = sandbox.follower()
    says(sandbox, openid, {ONCE: "accept"})
    assert sandbox.call(BIZSEND, card(openid) | changes)["errcode"] == errcode
    assert sandbox.call(BIZSEND, card(openid))["errcode"] == 0


def test_a_subscription_template_is_none_for_template_messages(sandbox: Sandbox) -> None:
    assert sandbox.call(SEND, card(sandbox.follower()))["errcode"] == 40037


def test_an_answer_that_means_nothing_is_refused(sandbox: Sandbox) -> None:
    url = f"{sandbox.url}/_sandbox/api/followers/{sandbox.follower()}/subscriptions"
    for body in ({}, {"answers": {"tpl-review_result": "accept"}}, {"answers": {ONCE: "maybe"}}):
        assert sandbox.http.post(url, json=body, timeout=5).json()["code"] == "bad_answers"
    assert (
        sandbox.http.post(url, json={"answers": {ONCE: "accept"}, "scene": 9}, timeout=5).json()["code"] == "bad_scene"
    )
