"""Archive and hukou: who may not receive, what the directory fills in and locks, what a destination brings along."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from app.codes.directory import Office
from app.schemas import form
from app.schemas.transfers import (
    ArchiveForm,
    archive_of,
    hukou_of,
    lock_problems,
    locked_fields,
    of_origin,
    receiver_problems,
)
from tests.schemas.samples import RECEIVER, SOUND

NAME, PHONE = "林知夏", "13812345678"
OFFICE = Office(
    "330602",
    "绍兴市越城区人才管理服务中心",
    "330602",
    "人民路 8 号",
    "312000",
    "0575-85120000",
    "官网",
    date(2026, 3, 1),
)
NO_ADDRESS = Office("410100", "郑州市公共就业和人才服务中心", "", "", "", "", "官网", date(2026, 3, 1))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"receiver_name": "林知夏"}, "receiver_name"),
        ({"receiver_name": "林 知夏"}, "receiver_name"),
        ({"receiver_name": "本人"}, "receiver_name"),
        ({"receiver_name": "父亲"}, "receiver_name"),
        ({"receiver_name": "春晓花园 3 幢 2 单元"}, "receiver_name"),
        ({"receiver_name": "绍兴市人民路 8 号 302 室"}, "receiver_name"),
        ({"contact": "林知夏"}, "contact"),
        ({"contact": "林知夏（收）"}, "contact"),
        ({"contact": "档案室 林知夏"}, "contact"),
        ({"contact": "学生本人"}, "contact"),
        ({"contact": "母亲 王芳"}, "contact"),
        ({"contact": "家长"}, "contact"),
        ({"phone": PHONE}, "phone"),
        ({"phone": "+86 138-1234-5678"}, "phone"),
    ],
)
def test_the_graduate_and_family_receive_no_archive(change: dict[str, str], field: str) -> None:
    found = receiver_problems(SOUND["archive"] | change, NAME, PHONE)
    assert [problem["pointer"] for problem in found] == [f"/{field}"]
    assert found[0]["detail"].endswith("。")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"contact": "林知夏雨"},
        {"contact": "王老师"},
        {"contact": "人事科"},
        {"receiver_name": "杭州市妇女儿童服务中心"},
        {"receiver_name": "中国人民解放军第 903 医院"},
        {"receiver_name": "杭州第二中学家长学校"},
        {"phone": "13812345679"},
    ],
)
def test_units_and_their_people_are_taken(change: dict[str, str]) -> None:
    assert receiver_problems(SOUND["archive"] | change, NAME, PHONE) == []


def test_the_receiver_within_another_form_is_pointed_at_there() -> None:
    found = receiver_problems({**RECEIVER, "name": NAME, "phone": PHONE}, NAME, PHONE, at="/archive_receiver")
    assert [problem["pointer"] for problem in found] == ["/archive_receiver/name", "/archive_receiver/phone"]


def test_without_a_known_phone_none_is_compared() -> None:
    assert receiver_problems(SOUND["archive"] | {"phone": ""}, NAME, None) == []


def test_the_directory_fills_in_and_the_graduate_completes() -> None:
    values = of_origin(OFFICE)
    _, errors = form.load(ArchiveForm(), values, 2026)
    assert [error["pointer"] for error in errors] == ["/contact"]
    assert form.load(ArchiveForm(), values | {"contact": "档案科"}, 2026)[1] == []
    assert lock_problems(values | {"contact": "档案科", "phone": "0575-85120001"}, OFFICE) == []


@pytest.mark.parametrize("change", [{"address": "人民路 9 号"}, {"region": "330603"}, {"address": None}])
def test_an_address_from_the_directory_is_not_the_graduates_to_change(change: dict[str, Any]) -> None:
    found = lock_problems(of_origin(OFFICE) | change, OFFICE)
    assert [problem["pointer"] for problem in found] == [f"/{name}" for name in change]


def test_nothing_is_locked_for_another_type_or_without_an_address() -> None:
    assert locked_fields({"transfer": "4"}, OFFICE) == ("region", "address")
    assert locked_fields({"transfer": "3"}, OFFICE) == ()
    assert locked_fields({"transfer": "4"}, NO_ADDRESS) == ()
    assert locked_fields({"transfer": "4"}, None) == ()
    assert lock_problems(SOUND["archive"] | {"transfer": "4"}, None) == []


@pytest.mark.parametrize("transfer", ["1", "2", "3"])
def test_a_destination_brings_the_receiver_it_names(transfer: str) -> None:
    brought = archive_of({"archive_transfer": transfer, "archive_receiver": RECEIVER | {"region": "330105"}}, OFFICE)
    assert brought is not None and brought["transfer"] == transfer
    assert form.load(ArchiveForm(), brought, 2026)[1] == []


def test_going_home_takes_the_receiver_from_the_directory_alone() -> None:
    told = {"archive_transfer": "4", "archive_receiver": RECEIVER}
    assert archive_of(told, OFFICE) == of_origin(OFFICE)
    assert archive_of(told, None) is None


@pytest.mark.parametrize("transfer", ["9", None])
def test_who_left_it_open_brings_nothing(transfer: str | None) -> None:
    assert archive_of({"archive_transfer": transfer, "archive_receiver": None}, OFFICE) is None
    assert hukou_of({"hukou_transfer": transfer, "hukou_address": None}) is None


def test_hukou_comes_with_the_address_that_was_given() -> None:
    told = {"hukou_transfer": "1", "hukou_address": "杭州市滨江区江南大道 100 号"}
    assert hukou_of(told) == {"transfer": "1", "region": None, "address": "杭州市滨江区江南大道 100 号"}
    assert hukou_of({"hukou_transfer": "4", "hukou_address": None}) is None
