"""Every rule of every form: one sound form, one change, the field and the sentence that answer it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app import schemas
from app.schemas import form, inputs
from app.schemas.form import Form, Section
from tests.schemas.samples import ALL, RECEIVER, SOUND

MISSING = "必须填写。"
FROM_LIST = "请从列表中选择。"
TO_COUNTY = "请选择到区县。"
CREDIT_CODE = "统一社会信用代码不正确，请核对 18 位字符。"
PHONE = "电话号码不正确，座机请写成 区号-号码。"
ABROAD = "电话号码不正确，请带上国家或地区代码。"
DATE = "日期格式不正确。"
CHARACTERS = "含有不能使用的字符。"
CHINESE = "这里请写中文名称。"
NUMBER = "地址请写到门牌号，例如 解放路 100 号；写不全会被退回。"
MONEY = "金额超出范围。"
RECEIVED = "请填写档案接收单位、地址和联系人。"
WEB = "网址不正确，请从浏览器或店铺里复制，以 http 开头。"


def lowest(place: str, yuan: str) -> str:
    tier = f"低于{place}最低工资标准的最低一档 {yuan} 元/月（2024年1月1日）"
    return f"{tier}，不能按这一类登记。请核对金额，或换一种去向类型。"


Rule = tuple[str, dict[str, Any], str, str]
UNIT: list[Rule] = [
    ("unit", {"employer_name": None}, "/employer_name", MISSING),
    ("unit", {"employer_name": "  "}, "/employer_name", MISSING),
    ("unit", {"employer_name": "云" * 101}, "/employer_name", "最多 100 个字。"),
    ("unit", {"employer_name": "杭州\u202e云海"}, "/employer_name", CHARACTERS),
    ("unit", {"employer_name": 7}, "/employer_name", "格式不正确。"),
    ("unit", {"nature": None}, "/nature", MISSING),
    ("unit", {"nature": "99"}, "/nature", FROM_LIST),
    ("unit", {"credit_code": None}, "/credit_code", MISSING),
    ("unit", {"credit_code": "91330108MA2H1A2C01"}, "/credit_code", CREDIT_CODE),
    ("unit", {"credit_code": "9133"}, "/credit_code", CREDIT_CODE),
    ("unit", {"industry": "I"}, "/industry", FROM_LIST),
    ("unit", {"region": "330100"}, "/region", TO_COUNTY),
    ("unit", {"region": "000000"}, "/region", TO_COUNTY),
    ("unit", {"address": ""}, "/address", MISSING),
    ("unit", {"address": "路" * 201}, "/address", "最多 200 个字。"),
    ("unit", {"position_category": None}, "/position_category", MISSING),
    ("unit", {"position": "岗" * 51}, "/position", "最多 50 个字。"),
    ("unit", {"contact_name": None}, "/contact_name", MISSING),
    ("unit", {"contact_name": "人" * 31}, "/contact_name", "最多 30 个字。"),
    ("unit", {"contact_phone": None}, "/contact_phone", MISSING),
    ("unit", {"contact_phone": "86660000"}, "/contact_phone", PHONE),
    ("unit", {"contact_phone": "13957100000\n"}, "/contact_phone", PHONE),
    ("unit", {"contact_phone": "１３９５７１０００００"}, "/contact_phone", PHONE),
    ("unit", {"signed_on": "2026-02-30"}, "/signed_on", DATE),
    ("unit", {"starts_on": "下周一"}, "/starts_on", DATE),
    ("unit", {"dispatched_to": "杭州云海科技有限公司"}, "/dispatched_to",
     "实际用工单位和签约单位相同，不是劳务派遣，请留空。"),
    ("unit", {"remark": "备" * 201}, "/remark", "最多 200 个字。"),
    ("unit", {"archive_transfer": "9"}, "/archive_transfer", FROM_LIST),
    ("unit", {"archive_transfer": "1"}, "/archive_receiver", RECEIVED),
    ("unit", {"archive_transfer": "1", "archive_receiver": {**RECEIVER, "name": ""}},
     "/archive_receiver/name", MISSING),
    ("unit", {"archive_transfer": "1", "archive_receiver": {**RECEIVER, "postcode": "31005"}},
     "/archive_receiver/postcode", "邮编是 6 位数字。"),
    ("unit", {"archive_transfer": "1", "archive_receiver": {**RECEIVER, "city": "杭州"}}, "/archive_receiver/city",
     "不认识的字段。"),
    ("unit", {"hukou_transfer": "2"}, "/hukou_address", "请填写户口迁移地址。"),
    ("unit", {"salary": 1}, "/salary", "不认识的字段。"),
]  # fmt: skip
PAY: list[Rule] = [
    ("unit_paid", {"monthly_pay_cents": None}, "/monthly_pay_cents", MISSING),
    ("unit_paid", {"monthly_pay_cents": 200_999}, "/monthly_pay_cents", lowest("浙江省", "2,010")),
    ("unit_paid", {"monthly_pay_cents": 268_900, "region": "310101"}, "/monthly_pay_cents", lowest("上海市", "2,690")),
    ("unit_paid", {"monthly_pay_cents": -1}, "/monthly_pay_cents", MONEY),
    ("unit_paid", {"monthly_pay_cents": 10**13}, "/monthly_pay_cents", MONEY),
    ("unit_paid", {"monthly_pay_cents": "六千"}, "/monthly_pay_cents", "格式不正确。"),
    ("unit_paid", {"credit_code": None}, "/credit_code", MISSING),
    ("freelance", {"monthly_pay_cents": 100_000}, "/monthly_pay_cents", lowest("浙江省", "2,010")),
    ("freelance", {"monthly_pay_cents": None}, "/monthly_pay_cents", MISSING),
    ("freelance", {"kind": None}, "/kind", MISSING),
    ("freelance", {"kind": "poet"}, "/kind", FROM_LIST),
    ("freelance", {"duties": None}, "/duties", MISSING),
    ("freelance", {"duties": "写" * 301}, "/duties", "最多 300 个字。"),
    ("freelance", {"region": None}, "/region", MISSING),
]
SERVICE: list[Rule] = [
    ("commissioned", {"employer_name": None}, "/employer_name", MISSING),
    ("commissioned", {"credit_code": None}, "/credit_code", MISSING),
    ("national_project", {"project": None}, "/project", MISSING),
    ("national_project", {"project": "selected_graduate"}, "/project", FROM_LIST),
    ("national_project", {"employer_name": None}, "/employer_name", MISSING),
    ("national_project", {"region": "331100"}, "/region", TO_COUNTY),
    ("national_project", {"serves_to": "2026-08-01"}, "/serves_to", "服务结束应晚于服务开始。"),
    ("local_project", {"project": "three_supports"}, "/project", FROM_LIST),
    ("local_project", {"authority": "部" * 101}, "/authority", "最多 100 个字。"),
    ("conscript", {"employer_name": None}, "/employer_name", MISSING),
    ("conscript", {"region": None}, "/region", MISSING),
    ("conscript", {"joins_on": "2026-9-1"}, "/joins_on", DATE),
    ("military_staff", {"kind": None}, "/kind", MISSING),
    ("military_staff", {"position_category": None}, "/position_category", MISSING),
    ("military_staff", {"employer_name": None}, "/employer_name", MISSING),
]
OWN: list[Rule] = [
    ("startup", {"kind": None}, "/kind", MISSING),
    ("startup", {"employer_name": None}, "/employer_name", MISSING),
    ("startup", {"url": None}, "/url", MISSING),
    ("startup", {"url": "阿晏的竹编铺"}, "/url", WEB),
    ("startup", {"url": "javascript:alert(1)"}, "/url", WEB),
    ("startup", {"url": "https://user:pw@shop.example.com"}, "/url", WEB),
    ("startup", {"kind": "company"}, "/credit_code", MISSING),
    ("startup", {"kind": "company", "credit_code": "1"}, "/credit_code", CREDIT_CODE),
    ("startup", {"kind": "incubator"}, "/incubator", MISSING),
    ("startup", {"industry": None}, "/industry", MISSING),
    ("startup", {"region": None}, "/region", MISSING),
    ("startup", {"share_percent": 101}, "/share_percent", "持股比例是 0 到 100 的整数。"),
]
STUDY: list[Rule] = [
    ("study_domestic", {"kind": None}, "/kind", MISSING),
    ("study_domestic", {"university": None}, "/university", MISSING),
    ("study_domestic", {"university": "ZJU"}, "/university", CHINESE),
    ("study_domestic", {"study_mode": "evening"}, "/study_mode", FROM_LIST),
    ("study_abroad", {"country": None}, "/country", MISSING),
    ("study_abroad", {"country": "CN"}, "/country", FROM_LIST),
    ("study_abroad", {"university": "The University of Edinburgh"}, "/university", CHINESE),
    ("study_abroad", {"university_foreign": None}, "/university_foreign", MISSING),
    ("study_abroad", {"major": "Data Science"}, "/major", CHINESE),
    ("unit_abroad", {"country": None}, "/country", MISSING),
    ("unit_abroad", {"contact_phone": "总机"}, "/contact_phone", ABROAD),
    ("unit_abroad", {"credit_code": "91330108MA2H1A2C00"}, "/credit_code", "不认识的字段。"),
    ("undecided", {"note": "说" * 201}, "/note", "最多 200 个字。"),
    ("undecided", {"wished_industry": "I"}, "/wished_industry", FROM_LIST),
    ("undecided", {"needs_help": "yes"}, "/needs_help", "格式不正确。"),
]
SIGNED: list[Rule] = [
    ("agreement", {"contact_mobile": None}, "/contact_mobile", "手机和固定电话至少填一个。"),
    ("agreement", {"contact_mobile": "23957100000"}, "/contact_mobile", "手机号码不正确。"),
    ("agreement", {"contact_landline": "8666"}, "/contact_landline", "固定电话请写成 区号-号码，可加分机。"),
    ("agreement", {"contact_email": "hr@"}, "/contact_email", "邮箱格式不正确。"),
    ("agreement", {"position": None}, "/position", MISSING),
    ("agreement", {"archive_transfer": None}, "/archive_transfer", MISSING),
    ("agreement", {"archive_transfer": "1"}, "/archive_receiver", RECEIVED),
    ("agreement", {"hukou_transfer": "1"}, "/hukou_address", "请填写户口迁移地址。"),
    ("agreement", {"probation_months": 7}, "/probation_months", "试用期不得超过 6 个月（劳动合同法第十九条）。"),
    ("agreement", {"regular_pay_cents": 1_000_000, "probation_pay_cents": 799_999}, "/probation_pay_cents",
     "试用期工资不得低于转正工资的 80%（劳动合同法第二十条）。"),
    ("agreement", {"supplement": "补" * 1001}, "/supplement", "最多 1000 个字。"),
    ("supplement", {"signed_on": None}, "/signed_on", MISSING),
    ("supplement", {"paper_number": "1" * 41}, "/paper_number", "最多 40 个字。"),
    ("termination", {"reason": None}, "/reason", MISSING),
    ("termination", {"reason": "bored"}, "/reason", FROM_LIST),
    ("termination", {"reason": "other", "note": None}, "/note", "选了「其他」，请写明解约的原因。"),
    ("termination", {"note": "说" * 201}, "/note", "最多 200 个字。"),
    ("stamped", {"note": "说" * 201}, "/note", "最多 200 个字。"),
    ("void_agreement", {"reason": None}, "/reason", MISSING),
    ("void_agreement", {"reason": "因" * 201}, "/reason", "最多 200 个字。"),
    ("void_destination", {"reason": " "}, "/reason", MISSING),
    ("void_destination", {"reason": "因" * 201}, "/reason", "最多 200 个字。"),
]  # fmt: skip
TRANSFERS: list[Rule] = [
    ("archive", {"transfer": None}, "/transfer", MISSING),
    ("archive", {"transfer": "9"}, "/transfer", FROM_LIST),
    ("archive", {"receiver_name": None}, "/receiver_name", MISSING),
    ("archive", {"receiver_name": "王建国"}, "/receiver_name", "请写接收单位的全称。"),
    ("archive", {"receiver_name": "局" * 101}, "/receiver_name", "最多 100 个字。"),
    ("archive", {"region": "330100"}, "/region", TO_COUNTY),
    ("archive", {"address": None}, "/address", MISSING),
    ("archive", {"address": "解放路"}, "/address", NUMBER),
    ("archive", {"postcode": "31005a"}, "/postcode", "邮编是 6 位数字。"),
    ("archive", {"contact": None}, "/contact", MISSING),
    ("archive", {"contact": "人" * 31}, "/contact", "最多 30 个字。"),
    ("archive", {"phone": None}, "/phone", MISSING),
    ("archive", {"phone": "12345"}, "/phone", PHONE),
    ("hukou", {"transfer": "9"}, "/transfer", FROM_LIST),
    ("hukou", {"region": None}, "/region", MISSING),
    ("hukou", {"address": "人民路"}, "/address", NUMBER),
    ("hukou", {"receiver_name": "派出所"}, "/receiver_name", "不认识的字段。"),
]
RULES = [*UNIT, *PAY, *SERVICE, *OWN, *STUDY, *SIGNED, *TRANSFERS]


@pytest.mark.parametrize("name", ALL)
def test_the_sound_form_is_taken(name: str) -> None:
    stored, errors = form.load(ALL[name](), SOUND[name], 2026)
    assert errors == []
    assert {key: value for key, value in stored.items() if value is not None} == SOUND[name]


@pytest.mark.parametrize(("name", "change", "pointer", "sentence"), RULES)
def test_a_broken_rule_is_named_in_a_sentence(name: str, change: dict[str, Any], pointer: str, sentence: str) -> None:
    _, errors = form.load(ALL[name](), SOUND[name] | change, 2026)
    assert errors == [{"pointer": pointer, "detail": sentence}]


@pytest.mark.parametrize("name", [name for name in ALL if name not in ("undecided", "stamped")])
def test_an_empty_form_is_told_everything_at_once_in_its_own_order(name: str) -> None:
    schema = ALL[name]()
    _, errors = form.load(schema, {}, 2026)
    named = [error["pointer"].removeprefix("/") for error in errors]
    order = [field for section in schema.SECTIONS for field in section.fields]
    needed = [field for field in order if schema.fields[field].required]
    assert {error["detail"] for error in errors} == {MISSING}
    assert set(needed) <= set(named)
    assert named == sorted(named, key=order.index)


def test_what_a_condition_asks_for_is_told_together_with_other_faults() -> None:
    _, errors = form.load(ALL["startup"](), SOUND["startup"] | {"kind": "company", "employer_name": None}, 2026)
    assert [error["pointer"] for error in errors] == ["/employer_name", "/credit_code"]


class Dated(Form):
    """A form with a code that holds for some classes only."""

    SECTIONS = (Section("all", "全部", ("code",)),)
    code = inputs.code("毕业去向", "destination")


@pytest.mark.parametrize(("code", "year"), [("271", 2023), ("27", 2024), ("80", 2026), ("502", 2021), ("77", 2021)])
def test_a_code_of_another_class_is_refused(code: str, year: int) -> None:
    _, errors = form.load(Dated(), {"code": code}, year)
    assert errors == [{"pointer": "/code", "detail": f"这一项不适用于 {year} 届，请从列表中重新选择。"}]
    assert code not in {option["code"] for option in form.describe(Dated(), year)[0]["fields"][0]["options"]}


@pytest.mark.parametrize(("code", "year"), [("271", 2024), ("27", 2023), ("85", 2021), ("85", 2026)])
def test_a_code_of_the_class_is_taken(code: str, year: int) -> None:
    assert form.load(Dated(), {"code": code}, year) == ({"code": code}, [])


def test_an_agreement_keeps_no_receiver_that_nobody_needs_wherever_it_is_read() -> None:
    receiving = SOUND["agreement"] | {"archive_receiver": RECEIVER, "hukou_address": "江南大道 100 号"}
    stored = ALL["agreement"]().load(receiving)
    assert (stored["archive_receiver"], stored["hukou_address"]) == (None, None)
    stored = ALL["agreement"]().load(receiving | {"archive_transfer": "1", "hukou_transfer": "2"})
    assert stored["archive_receiver"]["name"] == RECEIVER["name"] and stored["hukou_address"] == "江南大道 100 号"


def test_who_is_not_employed_need_not_say_anything() -> None:
    assert form.load(ALL["undecided"](), {}, 2026)[1] == []


FOLDER = Path(schemas.__file__).parent
FORMS = [
    *(
        FOLDER / f"{name}.py"
        for name in ("inputs", "reasons", "receivers", "stamped", "terms", "termination", "transfers")
    ),
    *sorted((FOLDER / "destinations").glob("*.py")),
]


def refusals(path: Path) -> Iterator[str]:
    """Every sentence that a form's module refuses with, found where sentences of refusal stand."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        inner: list[ast.AST] = []
        if isinstance(node, ast.Call):
            named = ast.unparse(node.func).split(".")[-1]
            inner += node.args if named in ("ValidationError", "_refuse") else []
            inner += [word.value for word in node.keywords if word.arg == "error"]
        elif isinstance(node, ast.Assign) and ast.unparse(node.targets[0]).startswith("wrong["):
            inner.append(node.value)
        for part in inner:
            yield from _sentences(part)


def _sentences(part: ast.AST) -> Iterator[str]:
    """Plain ones as they are, put-together ones as a pattern of their fixed parts."""
    if isinstance(part, ast.JoinedStr):
        yield ".*".join(re.escape(str(bit.value)) for bit in part.values if isinstance(bit, ast.Constant))
    elif isinstance(part, ast.Constant):
        if isinstance(part.value, str) and part.value.endswith("。"):
            yield re.sub(r"\\{\w+\\}", ".*", re.escape(part.value))
    else:
        for inner in ast.iter_child_nodes(part):
            yield from _sentences(inner)


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_no_rule_lacks_its_example(path: Path) -> None:
    shown = [sentence for _, _, _, sentence in RULES]
    lacking = [pattern for pattern in refusals(path) if not any(re.search(pattern, each) for each in shown)]
    assert lacking == []


def test_the_search_for_sentences_finds_them() -> None:
    assert sum(1 for path in FORMS for _ in refusals(path)) >= 25
