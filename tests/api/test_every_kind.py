"""Whatever kinds there are: each is complete, and can be filled in, handed in and decided by whoever knows none."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.models import Lane
from app.notify import outbox
from app.problems import NotNow, Problem
from app.schemas import form as forms
from app.workflows import kinds
from app.workflows.filing_machine import DESKS, Way
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from tests import filed, filled
from tests.api.conftest import Calling
from tests.factories import PIN, World, make_graduate
from tests.support import assert_invariants
from tests.uploads.made import make_upload

SENTENCE = re.compile(r"[。？！]$")
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


@EVERY
def test_a_kind_is_complete(kind: Kind) -> None:
    assert kind.title
    assert SENTENCE.search(kind.words.approved) and SENTENCE.search(kind.words.rejected) and kind.words.effective
    assert kind.reject_reasons and all(map(SENTENCE.search, kind.reject_reasons + kind.return_reasons))
    returned = kind.way is Way.FORM or callable(kind.way)
    assert bool(kind.return_reasons) is returned, "reasons to return what can be returned"
    assert bool(kind.explained) is bool(kind.by), "said for whom it is, where somebody may begin it"
    assert kind.guards or kind.review_guards, "something is asked before it is begun or decided"
    assert kind.levels is None or set(kind.levels) <= set(DESKS)
    assert not kind.of_kinds or (kind.about and kind.of_kinds & set(KINDS)), "about claims that can be"
    if kind.module is not None:
        assert f"module_open_{kind.module.value}" in {guard.name for guard in kind.guards}


@EVERY
def test_a_client_can_draw_a_kind_in_all_its_types(kind: Kind) -> None:
    types = filled.variants(kind)
    assert types
    for variant in types:
        fields = [field for part in forms.describe(kind.form(variant), 2027) for field in part["fields"]]
        assert fields and all(field["label"] and field["widget"] for field in fields)
        for item in kind.items(variant, {}):
            assert item.title and item.hint and 0 <= item.least <= item.most


FURTHER = '''
"""走读登记: a kind nobody has heard of."""

from app.models import Lane
from app.schemas import inputs
from app.schemas.form import Form, Section
from app.workflows import destination
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, lane_free
from app.workflows.kind import Item, Kind, Words


class Commuting(Form):
    SECTIONS = (Section("where", "住处", ("address",)),)
    address = inputs.line("住址", 100)


KINDS = (
    Kind(
        name="commuting",
        title="走读登记",
        lane=Lane.DESTINATION,
        way=Way.FORM,
        words=Words("已登记为走读。", "没有登记，仍按住校办理。", "走读中"),
        form=lambda variant: Commuting(),
        subject=lambda form, variant: str(form.get("address") or "走读"),
        effects=destination.effects(lambda connection, situation: (destination.settled(situation, "900"),)),
        items=lambda variant, form: (Item("lease", "租房合同", "每一页都拍到。"),),
        guards=(base_in_order, lane_free),
        voidable=True,
        explained="不住在学校里的毕业生。",
        return_reasons=("合同看不清楚。",),
        reject_reasons=("合同已经到期。",),
    ),
)
'''


@pytest.fixture
def further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """One more file among the kinds, found as a restart would find it; its name."""
    (tmp_path / "commuting.py").write_text(FURTHER, encoding="utf-8")
    monkeypatch.setattr(kinds, "__path__", [*kinds.__path__, str(tmp_path)])
    found = {kind.name: kind for kind in kinds._declared()}
    assert set(found) - set(KINDS) == {"commuting"}
    monkeypatch.setitem(KINDS, "commuting", found["commuting"])
    return "commuting"


def test_a_further_kind_is_one_more_file(world: World, calling: Calling, further: str) -> None:
    graduate = make_graduate(world)
    mine, college, school = (calling(who) for who in (graduate, world.college_office, world.school_office))
    offered = {item["kind"]: item for item in mine.get("/my/filing-kinds").get_json()["items"]}
    assert offered[further]["possible"], "offered to whom it is for"
    assert further in {
        item["kind"] for item in college.get(f"/graduates/{graduate.graduate_id}/filing-kinds").get_json()["items"]
    }
    begun = mine.act("/my/filings", {"kind": further})
    path = f"/my/filings/{begun.get_json()['id']}"
    for form, files in filled.rounds(lambda: mine.get(path).get_json()["editor"], lambda: make_upload(world, graduate)):
        assert mine.on(path, "save", {"form": form, "files": files}).status_code == 200
    assert mine.on(path, "submit").get_json()["claim"]["state"] == "in_review", "it takes the lane"

    (waiting,) = college.get("/reviews").get_json()["items"]
    desk = f"/filings/{waiting['filing_id']}"
    shown = college.get(desk).get_json()
    assert (shown["kind_name"], shown["form"][0]["fields"][0]["label"]) == ("走读登记", "住址")
    (reason,) = college.get(f"/reason-templates/{further}?for=return").get_json()["items"]
    assert college.on(desk, "return", {"reason": reason}).status_code == 200
    assert mine.get(path).get_json()["remark"]["reason"] == reason
    assert mine.on(path, "submit").status_code == 200
    body = {"form": {"address": "滨江区江南大道 100 号"}, "reason": "照合同更正"}
    assert college.on(desk, "edit", body).status_code == 200
    assert college.on(desk, "approve").status_code == school.on(desk, "approve").status_code == 200

    page = mine.get(path).get_json()
    assert (page["state"], page["turn"]["text"]) == ("approved", "走读中")
    assert page["changes"][0]["changes"][0]["label"] == "住址"
    assert [line["title"] for line in page["history"]], "what happened is told in words"
    outbox.fan_out(world.services)
    told = {message["title"]: message["body"] for message in mine.get("/messages").get_json()["items"]}
    assert "走读登记。已登记为走读。" in told["审核通过：滨江区江南大道 100 号"]
    assert any(title.startswith("学院退回修改") for title in told)

    claim, void = page["claim"], {"pin": PIN, "reason": "搬回学校"}
    assert "void" in {action["action"] for action in page["actions"] if action["possible"]}
    assert mine.act(f"/my/claims/{claim['id']}/void", void, etag=f'"{claim["version"]}"').status_code == 204
    assert mine.get("/my/filing-kinds").status_code == mine.get("/my/filings").status_code == 200
    assert_invariants(world.services)


@pytest.mark.parametrize("kind", filled.own_kinds(), ids=lambda kind: kind.name)
def test_a_kind_is_filled_in_handed_in_and_approved_by_whoever_draws_forms(world: World, kind: Kind) -> None:
    """In every type that is open to the graduate, from the description of the form alone."""
    filed.open_modules(world)
    done = 0
    for variant in filled.variants(kind):
        for training_mode in ("1", "2"):
            graduate = make_graduate(world, training_mode=training_mode, commissioned_by="绍兴市教育局")
            try:
                made = filed.draft(world, graduate, kind.name, variant=variant)
            except Problem:
                continue  # not for this graduate, or not before something else
            filled.fill_in(world, graduate, made)
            try:
                filed.submit(world, graduate, made)
            except NotNow:
                continue  # a type for others: as many as there are types must get through
            filed.approve(world, made, **({"note": "已核实。"} if kind.note else {}))
            assert filed.row(world, made).state == "approved"
            done += 1
    assert done >= len(filled.variants(kind)) or kind.lane is not Lane.DESTINATION
    assert_invariants(world.services)
