"""档案 and 户口 over HTTP: what holds, what is under way, what could be done; and what the home page says of it all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from app.codes.tables import tables
from app.models import ModuleName
from tests import factories, filed, moved
from tests.api.caller import Caller, problem
from tests.api.conftest import Calling
from tests.factories import World, make_graduate
from tests.moved import ADDRESS, BROUGHT
from tests.support import assert_invariants


def page(caller: Caller, lane: str = "archive") -> dict[str, Any]:
    answer = caller.get(f"/my/transfers/{lane}")
    assert answer.status_code == 200, answer.get_json()
    found: dict[str, Any] = answer.get_json()
    return found


def offers(found: dict[str, Any]) -> dict[str, str | None]:
    return {offer["kind"]: offer["reason"] for offer in found["offers"]}


def entries(caller: Caller) -> dict[str, tuple[bool, str]]:
    return {entry["key"]: (entry["open"], entry["note"]) for entry in caller.get("/home").get_json()["entries"]}


def test_the_archive_s_page_goes_with_the_story(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world)
    caller = calling(graduate)
    found = page(caller)
    assert (found["module"], found["record"], found["pending"]) == ("open", None, [])
    assert found["office"]["name"] == found["home"]["receiver_name"] == "绍兴市越城区人才管理服务中心"
    assert found["hints"][-1].startswith("档案只走机要或 EMS")
    assert offers(found)["archive_registration"] is None
    assert "请先办理" in (offers(found)["archive_change"] or "")
    made = filed.draft(world, graduate, "archive_registration", ADDRESS)
    filed.submit(world, graduate, made)
    assert [card["state"] for card in page(caller)["pending"]] == ["college_review"]
    filed.approve(world, made)
    found = page(caller)
    assert (found["record"]["state"], found["record"]["source"]) == ("active", "本人登记")
    assert [card["turn"]["text"] for card in found["decided"]] == ["已登记"]
    lines = {line["key"]: line["value"] for part in found["record"]["form"] for line in part["fields"]}
    assert lines["region"] == "浙江省杭州市滨江区"
    problem(caller.get("/my/transfers/elsewhere"), 404, "not_found")


def test_what_the_directory_locks_the_form_says(world: World, calling: Calling) -> None:
    moved.open_all(world)
    caller = calling(make_graduate(world))
    answer = caller.act("/my/filings", {"kind": "archive_registration", "variant": "home"})
    found = answer.get_json()
    assert answer.status_code == 201
    assert found["editor"]["locked"] == ["region", "address"]
    body = {"variant": "home", "form": found["editor"]["values"] | {"address": "人民路 9 号", "contact": "档案科"}}
    saved = caller.act(f"/my/filings/{found['id']}/save", body, etag=answer.headers["ETag"]).get_json()
    assert [one["pointer"] for one in saved["editor"]["problems"]] == ["/form/address"]
    other = caller.act("/my/filings", {"kind": "hukou_registration", "variant": "moon"})
    assert other.status_code == 409, "the hukou is not this graduate's to move"


def test_a_doubted_record_is_kept_with_one_press(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world)
    moved.signed(world, graduate, **BROUGHT)
    caller = calling(graduate)
    assert page(caller)["record"]["origin"] == factories.claim_of(world, graduate).title
    moved.terminated(world, graduate)
    answer = caller.get("/my/transfers/archive")
    found = answer.get_json()["record"]
    assert (found["state"], found["can_keep"]) == ("doubtful", True)
    assert entries(caller)["archive"] == (True, "来源去向已失效，请核对")
    stale = caller.act("/my/transfers/archive/keep", {}, etag='"99"')
    problem(stale, 412, "stale")
    kept = caller.act("/my/transfers/archive/keep", {}, etag=answer.headers["ETag"])
    assert (kept.status_code, kept.get_json()["record"]["state"]) == (200, "active")
    problem(caller.act("/my/transfers/hukou/keep", {}, etag='"1"'), 404, "not_found")
    assert_invariants(world.services)


def test_what_the_destination_says_is_offered_to_be_taken_over(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world)
    mine = ADDRESS | {"receiver_name": "绍兴市人才市场管理服务中心"}
    moved.registered(world, graduate, mine)
    moved.signed(world, graduate, **BROUGHT)
    found = page(calling(graduate))
    assert found["record"]["values"]["receiver_name"] == mine["receiver_name"]
    assert found["proposal"]["values"]["receiver_name"] == ADDRESS["receiver_name"]
    assert page(calling(graduate), "hukou")["module"] == "open"


def test_the_home_page_opens_what_the_school_has_opened_and_says_why_not(world: World, calling: Calling) -> None:
    caller = calling(make_graduate(world, hukou_moved=True))
    assert set(entries(caller).values()) >= {(False, "学校尚未启用，请等学校通知")}
    etag = caller.get("/home").headers["ETag"]
    filed.open_modules(world)
    assert caller.get("/home", headers={"If-None-Match": etag}).status_code == 200, "a module was opened"
    found = entries(caller)
    assert [found[key][0] for key in ("destination", "archive", "hukou")] == [True] * 3
    etag = caller.get("/home").headers["ETag"]
    with world.services.db.transaction() as connection:
        connection.execute(text("UPDATE module SET opens_at = now() - interval '1 day', closes_at = now()"))
    assert caller.get("/home", headers={"If-None-Match": etag}).status_code == 200, "its time has run out"
    assert entries(caller)["archive"] == (False, "学校已关闭，有变化请联系学校")


def test_the_hukou_entry_says_why_it_is_shut(world: World, calling: Calling) -> None:
    filed.open_modules(world, ModuleName.HUKOU)
    told = {told: entries(calling(make_graduate(world, hukou_moved=told)))["hukou"] for told in (True, False, None)}
    assert told[True] == (True, "还没有登记")
    assert told[False] == (False, "不开放：你的户口没有迁入学校")
    assert (told[None][0], "请联系学校就业部门" in told[None][1]) == (False, True)


def test_the_home_page_shows_one_s_own_filings_and_knows_the_destination(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world)
    caller = calling(graduate)
    etag = caller.get("/home").headers["ETag"]
    made = filed.draft(world, graduate, "other_destination", {"university": "浙江大学"}, variant="study_domestic")
    home = caller.get("/home", headers={"If-None-Match": etag}).get_json()
    assert [(card["href"], card["state"]) for card in home["cards"]] == [(f"/filings/{made}", "draft")]
    assert home["standing"]["text"] == "你还没有登记去向。有填到一半或退回的材料，请接着填写。"
    etag = caller.get("/home").headers["ETag"]
    row = filed.row(world, made)
    body = {"variant": "study_domestic", "form": {"university": "复旦大学"}}
    assert caller.act(f"/my/filings/{made}/save", body, etag=f'"{row.version}"').status_code == 200
    home = caller.get("/home", headers={"If-None-Match": etag}).get_json()
    assert home["cards"][0]["title"] == "境内升学 · 复旦大学", "a draft that saved itself changes the page"


def test_a_registered_destination_heads_the_home_page(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world)
    first = {name: tables()[name].entries[0].code for name in ("study_kind", "study_mode")}
    form = {"kind": first["study_kind"], "university": "浙江大学", "study_mode": first["study_mode"]}
    made = filed.draft(world, graduate, "other_destination", form, variant="study_domestic")
    filed.submit(world, graduate, made)
    caller = calling(graduate)
    assert "正在审核" in caller.get("/home").get_json()["standing"]["text"]
    filed.approve(world, made)
    home = caller.get("/home").get_json()
    assert home["standing"]["text"] == "你的去向已登记：境内升学 · 浙江大学。"
    assert [card["turn"]["text"] for card in home["cards"]] == ["已登记"]


def test_ones_own_phone_is_refused_for_the_receiver(world: World, calling: Calling) -> None:
    moved.open_all(world)
    graduate = make_graduate(world, phone=world.sealer.seal("13912345678", "phone"))
    made = filed.draft(world, graduate, "archive_registration", ADDRESS | {"phone": "13912345678"})
    caller, path = calling(graduate), f"/my/filings/{made}"
    assert [each["pointer"] for each in caller.get(path).get_json()["editor"]["problems"]] == ["/form/phone"]
    (error,) = problem(caller.on(path, "submit"), 422, "invalid")["errors"]
    assert error["detail"] == "这是毕业生本人的手机号，请写接收单位的电话。"
