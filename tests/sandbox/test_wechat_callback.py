from __future__ import annotations

import pytest
import requests
from wechatpy.events import ClickEvent, ScanEvent, SubscribeEvent, SubscribeScanEvent, UnsubscribeEvent, ViewEvent
from wechatpy.messages import TextMessage
from wechatpy.replies import TextReply

from tests.sandbox.running import INVITATION, SEND, Product, Sandbox, eventually, invitation


def status_of(product: Product, msgid: int) -> list[str]:
    """The receipts of one message, as the product's parser reads them."""
    receipts = [push.message for push in list(product.pushes) if push.message.event == "templatesendjobfinish"]
    return [receipt.status for receipt in receipts if int(receipt.id) == msgid]


def settled(sandbox: Sandbox) -> None:
    eventually(lambda: sandbox.control("GET", "/callbacks")["idle"])


def test_the_address_can_be_verified_as_the_platform_does(sandbox: Sandbox, product: Product) -> None:
    assert sandbox.control("POST", "/callback/verify") == {"ok": True}
    sandbox.set(callback_url="http://127.0.0.1:9/nobody")
    assert sandbox.control("POST", "/callback/verify") == {"ok": False}


def test_following_and_leaving_are_pushed(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower()
    sandbox.control("PATCH", f"/followers/{openid}", {"following": False})
    (left,) = product.wait("unsubscribe")
    assert isinstance(left.message, UnsubscribeEvent)
    assert left.message.source == left.query["openid"] == openid
    sandbox.control("PATCH", f"/followers/{openid}", {"following": True})
    (came,) = product.wait("subscribe")
    assert isinstance(came.message, SubscribeEvent)
    assert came.message.time >= left.message.time


def test_an_accepted_message_gets_its_receipt(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower()
    msgid = sandbox.send(openid)["msgid"]
    (receipt,) = product.wait("TEMPLATESENDJOBFINISH")
    assert int(receipt.message.id) == msgid
    assert receipt.message.source == openid
    assert receipt.message.status == "success"


def test_a_follower_who_takes_no_messages_is_blocked_only_in_the_receipt(sandbox: Sandbox, product: Product) -> None:
    msgid = sandbox.send(sandbox.follower(blocked=True))["msgid"]
    product.wait("TEMPLATESENDJOBFINISH")
    assert status_of(product, msgid) == ["failed:user block"]


def test_receipts_can_come_twice_late_or_never(sandbox: Sandbox, product: Product) -> None:
    twice, late, never = (sandbox.follower() for _ in range(3))
    sandbox.control("POST", "/faults", {"receipt": "double", "openid": twice})
    sandbox.control("POST", "/faults", {"receipt": "late", "receipt_delay": 3600, "openid": late})
    sandbox.control("POST", "/faults", {"receipt": "missing", "openid": never})
    first, second, third = (sandbox.send(openid)["msgid"] for openid in (twice, late, never))
    product.wait("TEMPLATESENDJOBFINISH", 2)
    assert status_of(product, first) == ["success", "success"]
    assert status_of(product, second) == status_of(product, third) == []
    sandbox.control("POST", "/clock/advance", {"seconds": 3601})
    product.wait("TEMPLATESENDJOBFINISH", 3)
    assert status_of(product, second) == ["success"]
    settled(sandbox)
    assert status_of(product, third) == []


def test_a_receipt_can_overtake_its_answer_and_can_lack_the_msgid(sandbox: Sandbox, product: Product) -> None:
    hasty, blank = sandbox.follower(), sandbox.follower()
    sandbox.control("POST", "/faults", {"receipt": "early", "openid": hasty})
    msgid = sandbox.send(hasty)["msgid"]
    assert status_of(product, msgid) == ["success"]
    sandbox.control("POST", "/faults", {"msgid_zero": True, "status": "failed: system failed", "openid": blank})
    sandbox.send(blank)
    pushes = product.wait("TEMPLATESENDJOBFINISH", 2)
    assert [(int(p.message.id), p.message.status) for p in pushes if p.message.source == blank] == [
        (0, "failed: system failed")
    ]


def test_a_repeat_under_the_same_client_msg_id_brings_no_second_receipt(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower()
    body = invitation(openid) | {"client_msg_id": "r"}
    msgids = {sandbox.call(SEND, body)["msgid"] for _ in range(3)}
    assert len(msgids) == 1
    product.wait("TEMPLATESENDJOBFINISH")
    settled(sandbox)
    assert status_of(product, msgids.pop()) == ["success"]


def test_what_is_not_answered_with_200_is_pushed_three_times_and_then_given_up(
    sandbox: Sandbox, product: Product
) -> None:
    product.answers = [(500, b"", 0.0), (200, b"", 0.0)]
    openid = sandbox.follower()
    sandbox.control("POST", f"/followers/{openid}/click", {"key": "help"})
    first, second = product.wait("CLICK", 2)
    assert first.xml == second.xml
    settled(sandbox)
    product.answers = [(500, b"", 0.0)] * 5
    before = sandbox.control("GET", "/callbacks")["counts"]["given_up"]
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "有人吗"})
    product.wait("text", 3)
    settled(sandbox)
    assert sandbox.control("GET", "/callbacks")["counts"]["given_up"] == before + 1
    assert len(product.wait("text")) == 3
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    assert chat[-1]["kind"] == "notice"


def test_an_answer_slower_than_the_limit_is_cut_and_repeated(sandbox: Sandbox, product: Product) -> None:
    sandbox.set(callback_timeout=0.3)
    product.answers = [(200, b"success", 0.8)]
    openid = sandbox.follower()
    sandbox.control("POST", f"/followers/{openid}/click", {"key": "slow"})
    product.wait("CLICK", 2)
    settled(sandbox)
    (push,) = [p for p in sandbox.control("GET", "/callbacks")["pushes"] if p["openid"] == openid]
    assert (push["tries"], push["answered"]) == (2, True)


def test_scanning_a_scene_follows_or_reports(sandbox: Sandbox, product: Product) -> None:
    newcomer, follower = sandbox.follower(following=False), sandbox.follower()
    scene = {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "bind-8f2c"}}, "expire_seconds": 600}
    code = sandbox.call("/cgi-bin/qrcode/create", scene)
    assert code["expire_seconds"] == 600
    for openid in (newcomer, follower):
        sandbox.control("POST", f"/followers/{openid}/scan", {"ticket": code["ticket"]})
    (came,) = product.wait("subscribe")
    (scanned,) = product.wait("SCAN")
    assert isinstance(came.message, SubscribeScanEvent)
    assert isinstance(scanned.message, ScanEvent)
    assert came.message.scene_id == scanned.message.scene_id == "bind-8f2c"
    assert came.message.ticket == scanned.message.ticket == code["ticket"]
    image = requests.get(f"{sandbox.url}/cgi-bin/showqrcode", params={"ticket": code["ticket"]}, timeout=5)
    assert image.content.startswith(b"\x89PNG")
    sandbox.control("POST", "/clock/advance", {"seconds": 601})
    late = requests.post(
        f"{sandbox.url}/_sandbox/api/followers/{follower}/scan", json={"ticket": code["ticket"]}, timeout=5
    )
    assert late.status_code == 422


@pytest.mark.parametrize(
    "body",
    [
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {"scene_str": "x" * 65}}},
        {"action_name": "QR_STR_SCENE", "action_info": {"scene": {}}},
        {"action_name": "QR_SOMETHING", "action_info": {"scene": {"scene_str": "x"}}},
        {"action_name": "QR_STR_SCENE"},
    ],
)
def test_a_scene_of_wrong_shape_is_refused(sandbox: Sandbox, body: dict[str, object]) -> None:
    assert sandbox.call("/cgi-bin/qrcode/create", body)["errcode"] == 40053


def test_menu_taps_and_texts_are_pushed_as_the_parser_knows_them(sandbox: Sandbox, product: Product) -> None:
    openid, text = sandbox.follower(), "进度 ]]> <b>&amp;</b>"
    sandbox.control("POST", f"/followers/{openid}/click", {"key": "invitations"})
    sandbox.control("POST", f"/followers/{openid}/click", {"url": "http://127.0.0.1:8000/s/?a=1&b=2"})
    sandbox.control("POST", f"/followers/{openid}/text", {"text": text})
    (clicked,), (viewed,), (wrote,) = product.wait("CLICK"), product.wait("VIEW"), product.wait("text")
    assert isinstance(clicked.message, ClickEvent)
    assert clicked.message.key == "invitations"
    assert isinstance(viewed.message, ViewEvent)
    assert viewed.message.url == "http://127.0.0.1:8000/s/?a=1&b=2"
    assert isinstance(wrote.message, TextMessage)
    assert wrote.message.content == text
    assert wrote.message.id > 2**53


def test_a_text_answered_at_once_appears_in_the_chat(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower()
    reply = TextReply(content="你有 1 份邀请等待答复", source="gh_5f1c7a0b93de", target=openid).render()
    if product.mode == "aes":
        reply = product.crypto.encrypt_message(reply, "nonce")
    product.answers = [(200, reply.encode(), 0.0)]
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "进度"})
    product.wait("text")
    settled(sandbox)
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    assert [(line["kind"], line["body"]["text"]) for line in chat] == [
        ("text", "进度"),
        ("reply", "你有 1 份邀请等待答复"),
    ]


def test_a_reply_that_is_no_reply_shows_the_platforms_apology(sandbox: Sandbox, product: Product) -> None:
    openid = sandbox.follower()
    product.answers = [(200, b"{}", 0.0)]
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "进度"})
    product.wait("text")
    settled(sandbox)
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    assert chat[-1]["body"]["text"] == "该公众号提供的服务出现故障，请稍后再试"


def test_two_hundred_receipts_at_once_all_arrive_once(sandbox: Sandbox, product: Product) -> None:
    followers, access = [sandbox.follower(f"学生{n}") for n in range(200)], sandbox.access_token()
    msgids = [sandbox.post(SEND, invitation(openid), access_token=access)["msgid"] for openid in followers]
    product.wait("TEMPLATESENDJOBFINISH", 200)
    settled(sandbox)
    received = [int(push.message.id) for push in product.wait("TEMPLATESENDJOBFINISH")]
    assert sorted(received) == sorted(msgids)
    assert {m["receipts"][0]["status"] for openid in followers for m in sandbox.messages(openid)} == {"success"}
    assert INVITATION in {m["template_id"] for m in sandbox.messages(followers[0])}
