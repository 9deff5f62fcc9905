"""The full text of an employment agreement (就业协议书全文), composed from the form and the two parties.

One text for three uses: shown on the phone before 接受, hashed into the evidence, printed in the PDF. It depends on
the form and the parties alone, so composing it again later gives the same text and the same hash. When the wording
changes, :data:`WORDING` changes with it; agreements already accepted keep the text stored with their acceptance.

Law the wording leans on: 劳动合同法 第 8, 9, 10, 19, 20, 22, 23, 25, 26 条; 劳动合同法实施条例 第 15 条; 民法典 第 585,
590 条; 电子签名法 第 3, 4, 13, 16 条.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from app.documents.errors import IncompleteTerms

WORDING = 1
NUMERALS = "一二三四五六七八九十"
RETURNS_HOME, UNDECIDED = "4", "9"
NATURES_WITHOUT_CONTRACT = frozenset({"10", "40"})  # 机关, 部队: people are taken on by appointment, not by contract

Kind = Literal["party", "preamble", "clause", "supplement"]
Labels = Callable[[str, str], str]
"""``labels(table, code)`` is the Chinese label; tables: nature, industry, position_category, region, transfer."""


@dataclass(frozen=True)
class Graduate:
    """乙方, as words to print: codes are already labels, ID number and phone already masked. Empty means unknown."""

    name: str
    gender: str
    school: str
    college: str
    major: str
    degree: str
    study_years: str
    graduates_on: str
    origin: str
    id_number_masked: str
    phone_masked: str


@dataclass(frozen=True)
class Parties:
    """Who concludes the agreement beside the employer, who is described by the form itself."""

    graduate: Graduate


@dataclass(frozen=True)
class Manner:
    """签约方式: what the text says of how the agreement ends and how it takes effect."""

    ending: tuple[str, ...]
    effect: tuple[str, ...]


@dataclass(frozen=True)
class Clause:
    """One piece of the text.

    ``kind`` party: a party's particulars, each paragraph 「名称：内容」, no numeral; preamble: under which law;
    clause: a numbered one (``numeral`` 一, 二, …); supplement: numbered too, its second paragraph being the parties'
    own words (协议补充内容), unchanged.
    """

    kind: Kind
    numeral: str
    title: str
    paragraphs: tuple[str, ...]

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """A party's particulars as (label, value); empty for every other kind."""
        if self.kind != "party":
            return ()
        return tuple((label, value) for label, _, value in (line.partition("：") for line in self.paragraphs))

    def as_json(self) -> dict[str, Any]:
        """Plain data for the API and the evidence package."""
        return {
            "kind": self.kind,
            "numeral": self.numeral,
            "title": self.title,
            "paragraphs": list(self.paragraphs),
        }

    @staticmethod
    def from_json(plain: Mapping[str, Any]) -> Clause:
        """The clause :meth:`as_json` made the data of: how stored text comes back for printing."""
        return Clause(plain["kind"], plain["numeral"], plain["title"], tuple(plain["paragraphs"]))


def clauses(
    terms: Mapping[str, Any], parties: Parties, labels: Labels, manner: Manner | None = None
) -> tuple[Clause, ...]:
    """The whole agreement in reading order: both parties, preamble, then the numbered clauses.

    ``terms`` is the form as the API stores it (money in cents, dates ISO, codes as strings); ``manner`` is
    :data:`ONLINE` unless given. Raises :class:`IncompleteTerms` when a required field is missing.
    """
    form, manner = _Form(terms, labels), manner or ONLINE
    heads = (
        Clause("party", "", "甲方（用人单位）", _lines(_employer(form))),
        Clause("party", "", "乙方（毕业生）", _lines(_graduate(parties.graduate))),
        Clause("preamble", "", "订立依据", (PREAMBLE,)),
    )
    bodies: tuple[tuple[Kind, str, tuple[str, ...]], ...] = (
        ("clause", "岗位与工作地点", _position(form)),
        ("clause", "报到", _reporting(form)),
        ("clause", "试用期与劳动报酬", _pay(form)),
        ("clause", "劳动合同", _contract(form)),
        ("clause", "档案与户口", _transfers(form, parties.graduate)),
        ("clause", "诚信与保障", GOOD_FAITH),
        ("clause", "违约责任", _penalty(form)),
        ("clause", "解除与终止", manner.ending),
        ("supplement", "补充约定", _supplement(form)),
        ("clause", "生效与签署方式", manner.effect),
    )
    filled = [body for body in bodies if body[2]]
    return heads + tuple(
        Clause(kind, numeral, title, paragraphs)
        for numeral, (kind, title, paragraphs) in zip(NUMERALS, filled, strict=False)
    )


def terms_hash(text: Iterable[Clause]) -> str:
    """SHA-256 (64 hex digits) of the text: over its JSON with sorted keys, no spaces, UTF-8."""
    plain = [clause.as_json() for clause in text]
    canonical = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def yuan(cents: int) -> str:
    """Money for people: 1300000 → 「13,000 元」, 1300050 → 「13,000.50 元」."""
    whole, rest = divmod(cents, 100)
    return f"{whole:,}.{rest:02d} 元" if rest else f"{whole:,} 元"


def day(iso: str) -> str:
    """A date for people: 2026-07-06 → 「2026年7月6日」."""
    value = date.fromisoformat(iso)
    return f"{value.year}年{value.month}月{value.day}日"


PREAMBLE = (
    "甲、乙双方依照《中华人民共和国民法典》《中华人民共和国劳动合同法》《中华人民共和国就业促进法》和普通高等学校毕业生"
    "就业工作的有关规定，在平等自愿、协商一致、诚实信用的基础上，就乙方毕业后到甲方就业达成如下协议。"
)

GOOD_FAITH = (
    "甲方保证其具有合法的用人资格，并已如实告知乙方工作内容、工作条件、职业危害、安全生产状况和劳动报酬；乙方保证其提供的"
    "与订立本协议直接相关的基本情况真实。",
    "甲方不得以任何名目向乙方收取押金、保证金或者要求提供担保，不得扣押乙方的居民身份证、毕业证书、学位证书等证件。任何一方"
    "均不得以毕业证书、学位证书的发放为条件促成或者变更本协议。",
)

ENDING = (
    "本协议生效后，双方协商一致可以解除：一方在线提出解约并说明原因，另一方在线确认，经学校审核通过后，本协议自审核通过之时解除。",
    "有下列情形之一的，本协议终止，双方互不承担违约责任：乙方未取得毕业资格，且双方未就延期报到达成一致；甲方被依法宣告破产、"
    "吊销营业执照、责令关闭、撤销或者解散；因不可抗力致使本协议不能履行。",
    "乙方报到并与甲方订立劳动合同（聘用合同）或者办理录用手续后，本协议履行完毕，双方的权利义务以劳动合同（聘用合同）及有关规定为准。",
)

EFFECT = (
    "本协议由甲方在线发出，毕业生在截止时间前应约并经学校审核通过后生效。应约后、任何一级审核作出决定前，乙方可以撤回应约。学校的审核"
    "是对毕业生信息和签约资格的核对，不构成对任何一方履约能力的担保。",
    "双方同意采用数据电文形式订立本协议：甲方以单位账号登录后发出；乙方以本人账号登录、阅读全文并输入本人设置的操作码确认应约。平台"
    "保存所展示的条款全文及其摘要值、操作时间和核验方式作为证据。",
    "本协议的电子文本为平台确认件：平台的数字签名只用于证明文件由平台出具且出具后未被改动，不是甲、乙双方经依法设立的电子认证服务机构认证"
    "的可靠电子签名（《中华人民共和国电子签名法》第十三条）。任何一方需要时，可以要求另行签署纸质协议，内容应与本协议一致。",
)

ONLINE = Manner(ENDING, EFFECT)
"""线上签约: both parties confirm in the platform."""


class _Form:
    """The form with its gaps: blank strings, nulls and absent keys all read as None."""

    def __init__(self, terms: Mapping[str, Any], labels: Labels) -> None:
        self._terms = terms
        self._labels = labels

    def text(self, field: str) -> str | None:
        value = self._terms.get(field)
        return value.strip() or None if isinstance(value, str) else None

    def required(self, field: str) -> str:
        value = self.text(field)
        if value is None:
            raise IncompleteTerms(field)
        return value

    def label(self, field: str, table: str) -> str:
        return self._labels(table, self.required(field))

    def number(self, field: str) -> int | None:
        value = self._terms.get(field)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def receiver(self) -> Mapping[str, str]:
        value = self._terms.get("archive_receiver")
        return value if isinstance(value, Mapping) else {}

    def place(self, receiver: Mapping[str, str]) -> str | None:
        """Region, where it was chosen, and address of a receiver."""
        region, address = receiver.get("region"), receiver.get("address")
        return self._labels("region", region) + address if region and address else address


def _lines(rows: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    return tuple(f"{label}：{value}" for label, value in rows if value)


def _employer(form: _Form) -> Iterable[tuple[str, str | None]]:
    return (
        ("单位名称", form.required("employer_name")),
        ("统一社会信用代码", form.required("credit_code")),
        ("单位性质", form.label("nature", "nature")),
        ("单位行业", form.label("industry", "industry")),
        ("通讯地址", form.label("region", "region") + form.required("address")),
        ("联系人", form.required("contact_name")),
        ("固定电话", form.text("contact_landline")),
        ("手机", form.text("contact_mobile")),
        ("电子邮箱", form.text("contact_email")),
    )


def _graduate(graduate: Graduate) -> Iterable[tuple[str, str | None]]:
    if not graduate.name:
        raise IncompleteTerms("graduate.name")
    return (
        ("姓名", graduate.name),
        ("性别", graduate.gender),
        ("身份证件号码", graduate.id_number_masked),
        ("手机", graduate.phone_masked),
        ("毕业学校", graduate.school),
        ("学院", graduate.college),
        ("专业", graduate.major),
        ("学历", graduate.degree),
        ("学制", _years(graduate.study_years)),
        ("毕业时间", _month(graduate.graduates_on)),
        ("生源地", graduate.origin),
    )


def _month(value: str) -> str:
    """2026-06 → 「2026年6月」; other spellings stay as they are."""
    year, dash, month = value.partition("-")
    return f"{year}年{int(month)}月" if dash and month.isdigit() else value


def _years(value: str) -> str:
    """4 or 2.5 → 「4年」, 「2.5年」; other spellings stay as they are."""
    return f"{value}年" if value.replace(".", "", 1).isdigit() else value


def _position(form: _Form) -> tuple[str, ...]:
    work_place = form.text("work_place")
    place = f"实际工作地点为{work_place}。" if work_place else "实际工作地点由双方在劳动合同中约定。"
    category = form.label("position_category", "position_category")
    return (f"甲方拟聘用乙方从事{form.required('position')}岗位工作（职位类别：{category}），{place}",)


def _reporting(form: _Form) -> tuple[str, ...]:
    on, place = form.text("report_on"), form.text("report_place")
    if on and place:
        when = f"乙方取得毕业资格后，应于{day(on)}到甲方报到，报到地点为{place}。"
    elif on:
        when = f"乙方取得毕业资格后，应于{day(on)}到甲方报到，报到地点由甲方提前通知乙方。"
    elif place:
        when = f"乙方取得毕业资格后，应到甲方报到，报到地点为{place}，报到时间由甲方提前通知乙方。"
    else:
        when = "乙方取得毕业资格后，应按甲方的通知到甲方报到；报到时间和地点由甲方提前以书面形式通知乙方。"
    return (
        when + "报到时乙方出示毕业证书、学位证书原件供甲方核验，甲方核验后当场归还。",
        "乙方因故不能按期报到的，应当提前告知甲方，由双方协商延期。",
    )


def _pay(form: _Form) -> tuple[str, ...]:
    months = form.number("probation_months")
    trial, regular = form.number("probation_pay_cents"), form.number("regular_pay_cents")
    if months is None:
        period = "双方未约定试用期。"
    elif months == 0:
        period = "双方约定不设试用期。"
    else:
        period = f"乙方的试用期为 {months} 个月，自报到之日起算，包含在劳动合同期限内。"
    amounts = []
    if trial is not None:
        amounts.append(f"试用期工资为每月人民币 {yuan(trial)}")
    if regular is not None:
        amounts.append(f"转正工资为每月人民币 {yuan(regular)}")
    pay = "；".join(amounts) + "。" if amounts else "双方未在本协议中约定劳动报酬，由双方在劳动合同中依法约定。"
    return (
        period + pay,
        "试用期的期限依照《劳动合同法》第十九条与劳动合同期限相适应，最长不超过六个月；试用期工资不得低于甲方相同岗位最低档工资或者"
        "劳动合同约定工资的百分之八十，并不得低于甲方所在地的最低工资标准。",
    )


def _contract(form: _Form) -> tuple[str, ...]:
    if form.required("nature") in NATURES_WITHOUT_CONTRACT:
        duty = "乙方报到后，甲方应当按照国家有关规定及时为乙方办理录用手续和社会保障手续。"
    else:
        duty = (
            "甲方应当自用工之日起一个月内与乙方订立书面劳动合同（聘用合同），依法为乙方缴纳社会保险费。本协议约定的岗位、工作地点、"
            "试用期和劳动报酬应当写入劳动合同；确需变更的，由双方协商一致。"
        )
    return (duty,)


def _transfers(form: _Form, graduate: Graduate) -> tuple[str, ...]:
    receiver = form.receiver()
    details = _lines(
        (
            ("接收单位", receiver.get("name")),
            ("地址", form.place(receiver)),
            ("邮政编码", receiver.get("postcode")),
            ("联系人", receiver.get("contact")),
            ("联系电话", receiver.get("phone")),
        )
    )
    archive = _transfer("人事档案的转递方式", form, "archive_transfer", "；".join(details), graduate)
    address = form.text("hukou_address")
    hukou = _transfer("户口的迁移方式", form, "hukou_transfer", f"迁移地址：{address}" if address else "", graduate)
    return (archive, hukou, "学校按照乙方离校前最终登记的档案去向和户口迁移信息办理，甲方应当为接收提供必要的协助。")


def _transfer(what: str, form: _Form, field: str, details: str, graduate: Graduate) -> str:
    code, label = form.required(field), form.label(field, "transfer")
    if code == UNDECIDED:
        label += "，由乙方在离校前向学校登记"
    elif code == RETURNS_HOME and graduate.origin:
        label += f"（{graduate.origin}）"
    return f"乙方{what}：{label}{'。' + details if details else ''}。"


def _penalty(form: _Form) -> tuple[str, ...]:
    cents = form.number("penalty_cents")
    if not cents:
        agreed = "双方约定不设违约金。" if cents == 0 else "双方未约定违约金。"
        return (agreed + "一方违反本协议给对方造成损失的，依法承担赔偿责任。",)
    return (
        f"本协议生效后，任何一方无正当理由单方面不履行本协议的，应当向对方支付违约金人民币 {yuan(cents)}。"
        "因不可抗力不能履行的，依法免除责任。",
        "约定的违约金过分高于造成的损失的，当事人可以依法请求适当减少。本条自双方订立劳动合同之日起不再适用；劳动合同中的违约金依照"
        "《劳动合同法》第二十二条、第二十三条、第二十五条执行。",
    )


def _supplement(form: _Form) -> tuple[str, ...]:
    agreed = form.text("supplement")
    if agreed is None:
        return ()
    return (
        "双方另行约定如下：",
        agreed,
        "补充约定免除甲方法定责任、排除乙方权利或者违反法律、行政法规强制性规定的部分无效。",
    )
