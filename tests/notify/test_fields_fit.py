"""Every entry of the catalogue, filled with the worst data there may be, is what WeChat's templates accept."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from app.models import Channel
from app.notify import catalogue
from app.notify.catalogue import check, desk
from app.notify.entry import TEMPLATES, Entry
from app.notify.fields import DoesNotFit, fit, shortened
from sandbox.fields import is_acceptable
from sandbox.message_templates import DEFAULTS
from tests.sandbox.running import SEND, Sandbox

EXTREME = {
    "empty": "",
    "long": "杭州" + "远岸数据科技" * 30 + "有限公司",
    "emoji": "👨‍👩‍👧‍👦🏳️‍🌈🎉" * 20,
    "mixed": "Ünïversität 浙江\n省\t第二\r\n分公司🎉（集团）",
    "combining": "e\u0301" * 40 + "葛\U000e0100" * 10,
    "control": "\x00\x07\u202e\u2028甲\u200b乙\ufeff",
    "rare": "𠮷㙍" * 30,
    "tags": "<script>]]>&amp;{employer}{0}%s",
}


def filled(entry: Entry, extreme: str) -> dict[str, str]:
    words = check.sample(entry, extreme)
    entry.title.format_map(words), entry.body.format_map(words), entry.href.format_map(words)
    return {key: fit(key, value.format_map(words)) for key, value in entry.fields.items()}


PUSHED = [entry for entry in (*catalogue.ENTRIES, desk.DIGEST) if entry.template]


@pytest.mark.parametrize("extreme", EXTREME.values(), ids=EXTREME)
@pytest.mark.parametrize("entry", PUSHED, ids=[f"{entry.event}-{entry.kind}" for entry in PUSHED])
def test_every_entry_passes_the_platform_with_extreme_data(entry: Entry, extreme: str, sandbox: Sandbox) -> None:
    fields = filled(entry, extreme)
    assert tuple(fields) == TEMPLATES[entry.template or ""]
    message = {
        "touser": sandbox.follower(),
        "template_id": f"tpl-{entry.template}",
        "data": {key: {"value": value} for key, value in fields.items()},
    }
    answer = sandbox.call(SEND, message)
    assert answer["errcode"] == 0, f"{answer} for {fields}"


def test_our_templates_are_those_the_account_has() -> None:
    applied_for = {
        entry["id"].removeprefix("tpl-"): tuple(field["key"] for field in entry["fields"])
        for entry in orjson.loads(DEFAULTS.read_bytes())
    }
    assert dict(TEMPLATES) == applied_for
    assert check.faults({}) == [f"WECHAT_TEMPLATES lacks {', '.join(sorted(TEMPLATES))}"]
    assert check.faults(dict.fromkeys(TEMPLATES, "x")) == []


MISFITS = {
    "a phrase that is too long": {"fields": {"thing1": "{employer}", "phrase2": "审核已经通过", "time3": "{at}"}},
    "a field the template has not": {"fields": {"thing1": "{employer}"}},
    "a word nobody knows": {"title": "{nobody}"},
    "a choice of somebody else's": {"choice": "digest"},
    "a merge without words": {"merge": "everything"},
    "a template nobody applied for": {"template": "surprise"},
    "a short message that does not exist": {"fallback": Channel.SMS},
}


@pytest.mark.parametrize("change", MISFITS.values(), ids=MISFITS)
def test_an_entry_that_does_not_fit_stops_the_start(change: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    (entry,) = (entry for entry in catalogue.ENTRIES if entry.kind == "answer.refused")
    monkeypatch.setattr(check, "ENTRIES", (replace(entry, **change),))
    (fault,) = check.faults(dict.fromkeys(TEMPLATES, "x"))
    assert fault.startswith("answer.refused: ")


@given(st.text(max_size=80))
def test_any_text_becomes_a_thing_that_fits(text: str) -> None:
    assert is_acceptable("thing", fit("thing1", text))
    assert is_acceptable("character_string", fit("character_string2", text))


@given(st.text(alphabet=st.sampled_from("中e\u0301葛\U000e0100한ᄀ각नि"), min_size=1, max_size=60))
def test_a_cut_never_splits_what_people_see_as_one_character(text: str) -> None:
    cut = shortened(text, 20)
    assert len(cut) <= 20
    if cut != text:
        whole = regex.findall(r"\X", text)
        assert cut.endswith("…")
        assert regex.findall(r"\X", cut[:-1]) == whole[: len(regex.findall(r"\X", cut[:-1]))]


def test_a_phrase_that_does_not_fit_is_a_fault_of_the_catalogue() -> None:
    with pytest.raises(DoesNotFit):
        fit("phrase4", "已经审核通过了")
    with pytest.raises(DoesNotFit):
        fit("time3", "明天")
