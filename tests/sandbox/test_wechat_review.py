"""40252: the platform keeps the message, and sends it by itself or lists it as refused."""

from __future__ import annotations

from pathlib import Path

from tests.sandbox.running import INVITATION, SEND, Product, Sandbox, eventually, invitation, running_sandbox

QUERY = "/wxa/sec/queryblocktmplmsg"


def hold(sandbox: Sandbox, openid: str, verdict: str) -> None:
    sandbox.control("POST", "/faults", {"review": verdict, "review_delay": 1800, "openid": openid})


def page(
    sandbox: Sandbox, largest_id: int = 0, limit: int = 100, template_id: str = INVITATION
) -> list[dict[str, str]]:
    query = {"tmpl_msg_id": template_id, "largest_id": largest_id, "limit": limit}
    answer = sandbox.call(QUERY, query)
    assert answer["errcode"] == 0
    found: list[dict[str, str]] = answer["msginfo"]
    return found


def test_a_message_that_passes_arrives_later_with_a_receipt_nobody_was_told_the_msgid_of(
    sandbox: Sandbox, product: Product
) -> None:
    openid = sandbox.follower()
    hold(sandbox, openid, "pass")
    answer = sandbox.send(openid, client_msg_id="held")
    assert answer["errcode"] == 40252
    assert "msgid" not in answer
    assert sandbox.messages(openid) == []
    assert page(sandbox) == []
    sandbox.control("POST", "/clock/advance", {"seconds": 1801})
    (receipt,) = product.wait("TEMPLATESENDJOBFINISH")
    (record,) = sandbox.messages(openid)
    assert int(receipt.message.id) == record["msgid"]
    assert record["data"] == invitation(openid)["data"]


def test_a_repeat_of_a_held_message_is_held_too_and_is_not_kept_twice(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    hold(sandbox, openid, "pass")
    assert [sandbox.send(openid, client_msg_id="held")["errcode"] for _ in range(3)] == [40252] * 3
    assert sandbox.send(openid, client_msg_id="other")["errcode"] == 40241
    (held,) = [one for one in sandbox.control("GET", "/reviews")["reviews"] if one["openid"] == openid]
    sandbox.control("POST", f"/reviews/{held['record']['msgid']}", {"verdict": "pass"})
    eventually(lambda: len(sandbox.messages(openid)) == 1)
    assert sandbox.send(openid, client_msg_id="held")["msgid"] == held["record"]["msgid"]
    assert len(sandbox.messages(openid)) == 1


def test_refused_messages_are_listed_by_template_in_pages(sandbox: Sandbox) -> None:
    people = [sandbox.follower() for _ in range(3)]
    for openid in people:
        hold(sandbox, openid, "block")
        assert sandbox.send(openid)["errcode"] == 40252
    sandbox.control("POST", "/clock/advance", {"seconds": 1801})
    eventually(lambda: len(page(sandbox)) == 3)
    first, second = page(sandbox, limit=2), page(sandbox, largest_id=int(page(sandbox)[1]["id"]))
    assert [row["openid"] for row in first + second] == people
    assert set(first[0]) == {"id", "tmpl_msg_id", "title", "content", "send_timestamp", "openid"}
    assert "单位名称：杭州远岸数据科技有限公司" in first[0]["content"]
    assert page(sandbox, template_id="tpl-review_result") == []
    assert all(sandbox.messages(openid) == [] for openid in people)


def test_a_page_of_the_list_has_at_most_a_hundred_rows(sandbox: Sandbox) -> None:
    for limit, errcode in ((101, 40097), (0, 40097), ("all", 40097), (100, 0)):
        query = {"tmpl_msg_id": INVITATION, "largest_id": 0, "limit": limit}
        assert sandbox.call(QUERY, query)["errcode"] == errcode
    assert sandbox.call(QUERY, {"tmpl_msg_id": "tpl-nothing", "largest_id": 0, "limit": 1})["errcode"] == 40037


def test_who_left_during_the_review_gets_nothing(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    hold(sandbox, openid, "pass")
    sandbox.send(openid)
    sandbox.control("PATCH", f"/followers/{openid}", {"following": False})
    sandbox.control("POST", "/clock/advance", {"seconds": 1801})
    states = eventually(
        lambda: [
            h["state"]
            for h in sandbox.control("GET", "/reviews")["reviews"]
            if h["openid"] == openid and h["state"] != "held"
        ]
    )
    assert states == ["passed"]
    assert sandbox.messages(openid) == []


def test_a_review_outlives_a_restart(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as before:
        openid = before.follower()
        hold(before, openid, "pass")
        assert before.call(SEND, invitation(openid))["errcode"] == 40252
    with running_sandbox(tmp_path) as after:
        after.control("POST", "/clock/advance", {"seconds": 1801})
        (record,) = eventually(lambda: after.messages(openid))
        later = after.call(SEND, invitation(openid, "另一家"))
        assert later["msgid"] > record["msgid"]
