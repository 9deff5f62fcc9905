from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.sandbox.running import INVITATION, SEND, Sandbox, invitation

FIELD_CASES = [
    ("thing1", "二十" * 10, "二十" * 10 + "一"),
    ("thing1", "A1，。! ", "有\n换行"),
    ("thing1", "𠮷" * 20, "表情🎉"),
    ("short_thing1", "十个字以内的短事物", "超过十个字的短事物就不行"),
    ("character_string1", "QX-2026/0001_" + "x" * 19, "x" * 33),
    ("character_string1", "a-b.c", "协议1"),
    ("phrase1", "待应约", "待应约约约约"),
    ("phrase1", "已通过", "通过1"),
    ("name1", "欧阳娜娜", "一二三四五六七八九十一"),
    ("name1", "Alexander Hamilton", "Alexander the Hamilton"),
    ("number1", "1" * 32, "1" * 33),
    ("number1", "3.14", "三"),
    ("letter1", "a" * 32, "a" * 33),
    ("letter1", "Abc", "Abc1"),
    ("symbol1", "!?#￥%", "!?#￥%!"),
    ("time1", "15:01", "25:01"),
    ("time1", "2026年3月20日 23:59", "2026年2月30日 23:59"),
    ("time1", "2026-03-20 10:00~2026-03-20 12:00", "2026-03-20"),
    ("date1", "2026年3月20日", "3月20日"),
    ("date1", "2026/03/20 10:00", "2026/03-20"),
    ("amount1", "￥8500.50元", "￥12345678901"),
    ("amount1", "100", "约100元"),
    ("phone_number1", "+86 571-8888-6666", "0571-88886666 转 8001"),
    ("car_number1", "浙A12345", "浙A12345678"),
    ("keyword1", "老模板不限二十个字，" * 4, "有\n换行"),
]


def define(sandbox: Sandbox, key: str, values: list[str] | None = None) -> str:
    template = {
        "id": f"tpl-only-{key}",
        "title": "字段",
        "fields": [{"key": key, "label": "值", "values": values or []}],
    }
    sandbox.control("POST", "/templates", template)
    return str(template["id"])


def send_value(sandbox: Sandbox, template_id: str, key: str, value: Any) -> Any:
    return sandbox.call(
        SEND, {"touser": sandbox.follower(), "template_id": template_id, "data": {key: {"value": value}}}
    )


@pytest.mark.parametrize(("key", "good", "bad"), FIELD_CASES)
def test_a_typed_field_takes_what_fits_and_names_itself_when_it_does_not(
    sandbox: Sandbox, key: str, good: str, bad: str
) -> None:
    template_id = define(sandbox, key)
    assert send_value(sandbox, template_id, key, good)["errmsg"] == "ok"
    refused = send_value(sandbox, template_id, key, bad)
    assert refused["errcode"] == 47003
    assert refused["errmsg"].startswith(f"argument invalid! data.{key}.value invalid rid: ")


@pytest.mark.parametrize("key", ["const1", "enum1"])
def test_const_and_enum_take_only_their_approved_values(sandbox: Sandbox, key: str) -> None:
    template_id = define(sandbox, key, ["已签约", "未签约"])
    assert send_value(sandbox, template_id, key, "已签约")["errcode"] == 0
    assert send_value(sandbox, template_id, key, "在签约")["errcode"] == 47003


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ({"thing1": None}, "data.thing1.value is empty"),
        ({"thing1": {"value": ""}}, "data.thing1.value is empty"),
        ({"thing1": {"value": 7}}, "data.thing1.value invalid"),
        ({"thing1": "文字"}, "data.thing1.value is empty"),
        ({"thing9": {"value": "多余"}}, "data.thing9"),
    ],
)
def test_empty_untyped_and_stray_fields_are_47003(sandbox: Sandbox, data: dict[str, Any], named: str) -> None:
    openid = sandbox.follower()
    whole = invitation(openid)["data"] | data
    answer = sandbox.send(openid, data=whole)
    assert answer["errcode"] == 47003
    assert named in answer["errmsg"]
    assert sandbox.messages(openid) == []


def test_an_accepted_message_is_recorded_exactly_with_a_msgid_beyond_javascript(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    sent = invitation(openid) | {"client_msg_id": "m-1"}
    answer = sandbox.call(SEND, sent)
    assert set(answer) == {"errcode", "errmsg", "msgid"}
    assert 2**53 < answer["msgid"] < 2**63
    (record,) = sandbox.messages(openid)
    assert {name: record[name] for name in sent} == sent
    assert record["msgid"] == answer["msgid"]
    now = sandbox.control("GET", "/state")["now"]
    assert abs(record["at"] - now) < 5
    assert sandbox.messages(openid, since=record["seq"]) == []


def test_the_record_can_be_read_from_where_one_left_off(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    for number in range(3):
        sandbox.call(SEND, invitation(openid, f"单位{number}"))
    first = sandbox.control("GET", "/messages", openid=openid, limit=1)
    rest = sandbox.messages(openid, since=first["last"])
    assert [m["data"]["thing1"]["value"] for m in rest] == ["单位1", "单位2"]


def test_answers_are_raw_utf8_whatever_the_content_type_of_the_body(sandbox: Sandbox) -> None:
    sandbox.call("/cgi-bin/menu/create", {"button": [{"type": "click", "name": "帮助", "key": "help"}]})
    access = sandbox.access_token()
    menu = sandbox.http.get(f"{sandbox.url}/cgi-bin/menu/get", params={"access_token": access}, timeout=5)
    assert "帮助".encode() in menu.content
    assert b"\\u" not in menu.content
    body = b'{"touser":"x","template_id":"y"}'
    for headers in ({}, {"Content-Type": "text/plain"}, {"Content-Type": "application/x-www-form-urlencoded"}):
        answer = sandbox.http.post(
            f"{sandbox.url}{SEND}", params={"access_token": access}, data=body, headers=headers, timeout=5
        )
        assert answer.json()["errcode"] == 40003


def test_bodies_that_are_no_json_object_are_47001_and_none_is_44002(sandbox: Sandbox) -> None:
    url, access = sandbox.url + SEND, {"access_token": sandbox.access_token()}
    for body, errcode in ((b"[]", 47001), (b"{", 47001), (b'{"a":"\xff"}', 47001), (b"", 44002)):
        assert sandbox.http.post(url, params=access, data=body, timeout=5).json()["errcode"] == errcode


def test_who_cannot_be_reached_is_told_by_code(sandbox: Sandbox) -> None:
    gone = sandbox.follower(following=False)
    refusing = sandbox.follower(refused=[INVITATION])
    assert sandbox.send("o" + "0" * 27)["errcode"] == 40003
    assert sandbox.send(sandbox.follower(), template_id="tpl-nothing")["errcode"] == 40037
    assert sandbox.send(gone)["errcode"] == 43004
    assert sandbox.send(refusing)["errcode"] == 43101
    assert sandbox.messages(gone) == sandbox.messages(refusing) == []


def test_a_refused_template_is_refused_alone(sandbox: Sandbox) -> None:
    openid = sandbox.follower(refused=["tpl-review_result"])
    assert sandbox.send(openid)["errcode"] == 0


def test_the_same_client_msg_id_within_ten_minutes_is_one_message(sandbox: Sandbox) -> None:
    openid, other = sandbox.follower(), sandbox.follower()
    first = sandbox.send(openid, client_msg_id="once")
    again = sandbox.send(openid, client_msg_id="once")
    different = sandbox.call(SEND, invitation(openid, "另一家") | {"client_msg_id": "once"})
    assert first["msgid"] == again["msgid"] == different["msgid"]
    assert len(sandbox.messages(openid)) == 1
    assert sandbox.send(other, client_msg_id="once")["msgid"] != first["msgid"]
    sandbox.control("POST", "/clock/advance", {"seconds": 601})
    assert sandbox.send(openid, client_msg_id="once")["msgid"] != first["msgid"]


def test_a_client_msg_id_is_remembered_even_when_both_calls_come_at_once(sandbox: Sandbox) -> None:
    openid, access = sandbox.follower(), sandbox.access_token()
    body = invitation(openid) | {"client_msg_id": "race"}

    def send(_: int) -> int:
        return int(sandbox.http.post(sandbox.url + SEND, params={"access_token": access}, json=body).json()["msgid"])

    with ThreadPoolExecutor(16) as pool:
        assert len(set(pool.map(send, range(48)))) == 1
    assert len(sandbox.messages(openid)) == 1


def test_the_same_contents_within_a_minute_are_40241(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    assert sandbox.send(openid, client_msg_id="a")["errcode"] == 0
    assert sandbox.send(openid, client_msg_id="b")["errcode"] == 40241
    assert sandbox.send(openid, url="http://127.0.0.1:8000/s/other")["errcode"] == 0
    assert sandbox.send(sandbox.follower())["errcode"] == 0
    sandbox.control("POST", "/clock/advance", {"seconds": 61})
    assert sandbox.send(openid, client_msg_id="b")["errcode"] == 0


def test_the_next_calls_can_be_made_to_fail_for_one_follower_or_template(sandbox: Sandbox) -> None:
    openid, other = sandbox.follower(), sandbox.follower()
    sandbox.control("POST", "/faults", {"errcode": -1, "times": 2, "openid": openid})
    assert [sandbox.send(openid)["errcode"] for _ in range(3)] == [-1, -1, 0]
    assert sandbox.send(other)["errcode"] == 0
    sandbox.control("POST", "/faults", {"errcode": 45009, "template_id": INVITATION})
    assert sandbox.send(sandbox.follower())["errcode"] == 45009


def test_an_answer_can_be_lost_after_the_message_was_accepted(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    sandbox.control("POST", "/faults", {"http_status": 502, "after": True, "times": 1, "path": SEND})
    answer = sandbox.http.post(
        sandbox.url + SEND,
        params={"access_token": sandbox.access_token()},
        json=invitation(openid) | {"client_msg_id": "lost"},
        timeout=5,
    )
    assert answer.status_code == 502
    (record,) = sandbox.messages(openid)
    assert sandbox.send(openid, client_msg_id="lost")["msgid"] == record["msgid"]


def test_a_rule_that_means_nothing_is_refused_with_a_sentence(sandbox: Sandbox) -> None:
    for rule in ({}, {"errcode": "x"}, {"receipt": "sometimes"}, {"times": 0, "errcode": -1}, {"color": "red"}):
        answer = sandbox.http.post(sandbox.url + "/_sandbox/api/faults", json=rule, timeout=5)
        assert answer.status_code == 422
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.json()["code"] == "bad_fault"


def test_customer_messages_need_a_recent_touch_and_are_counted(sandbox: Sandbox) -> None:
    openid = sandbox.follower()
    body = {"touser": openid, "msgtype": "text", "text": {"content": "你好"}}
    custom = "/cgi-bin/message/custom/send"
    assert sandbox.call(custom, body)["errcode"] == 45015
    sandbox.control("POST", f"/followers/{openid}/click", {"key": "help"})
    assert [sandbox.call(custom, body)["errcode"] for _ in range(4)] == [0, 0, 0, 45047]
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "进度"})
    sandbox.control("POST", "/clock/advance", {"seconds": 47 * 3600})
    assert [sandbox.call(custom, body)["errcode"] for _ in range(6)] == [0] * 5 + [45047]
    sandbox.control("POST", "/clock/advance", {"seconds": 3600})
    assert sandbox.call(custom, body)["errcode"] == 45015
    chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
    assert [line["kind"] for line in chat].count("reply") == 8


def test_user_info_says_little_of_followers_and_nothing_of_others(sandbox: Sandbox) -> None:
    here, gone, access = sandbox.follower(), sandbox.follower(following=False), sandbox.access_token()
    info = sandbox.get("/cgi-bin/user/info", access_token=access, openid=here, lang="zh_CN")
    assert info["subscribe"] == 1
    assert info["nickname"] == info["headimgurl"] == ""
    assert "errcode" not in info
    left = sandbox.get("/cgi-bin/user/info", access_token=access, openid=gone)
    assert left["subscribe"] == 0
    assert "nickname" not in left
    assert sandbox.get("/cgi-bin/user/info", access_token=access, openid="x")["errcode"] == 40003


def test_a_menu_of_wrong_shape_is_refused_by_part(sandbox: Sandbox) -> None:
    view = {"type": "view", "name": "去向登记", "url": "http://127.0.0.1:8000/s/"}
    group = {"name": "更多", "sub_button": [view]}
    cases = [
        ([view, group], 0),
        ([], 40016),
        ([view] * 4, 40016),
        ([{"name": "多", "sub_button": [view] * 6}], 40016),
        ([view | {"type": "open"}], 40017),
        ([view | {"name": "这个名字实在太长"}], 40018),
        ([view | {"url": "javascript:alert(1)"}], 40020),
    ]
    for buttons, errcode in cases:
        assert sandbox.call("/cgi-bin/menu/create", {"button": buttons})["errcode"] == errcode
    menu = sandbox.get("/cgi-bin/menu/get", access_token=sandbox.access_token())["menu"]
    assert [button["name"] for button in menu["button"]] == ["去向登记", "更多"]
