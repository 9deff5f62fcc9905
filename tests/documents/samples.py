"""One agreement, filled to the last field, and ways to vary it. All people and places in it are invented."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from app.codes.tables import label
from app.documents import qr
from app.documents.agreement import AgreementDocument, Confirmation
from app.documents.clauses import Clause, Graduate, Parties, clauses, terms_hash
from app.documents.numbers import new_agreement_number

PUBLIC_URL = "https://quxiang.example.edu.cn"
HOST = "quxiang.example.edu.cn"
KEY = qr.qr_key(Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
SIGNED_AT = datetime(2026, 3, 18, 4, 20, tzinfo=UTC)

TERMS: dict[str, Any] = {
    "employer_name": "杭州远岸数据科技有限公司",
    "credit_code": "91330108MA2KJ7XQ3T",
    "nature": "39",
    "industry": "34",
    "region": "330108",
    "address": "江陵路1760号3幢9层",
    "position_category": "13",
    "position": "后端开发工程师",
    "contact_name": "周敏",
    "contact_landline": "0571-86620000-801",
    "contact_mobile": "13900000021",
    "contact_email": "hr@yuanan.example",
    "probation_months": 3,
    "probation_pay_cents": 1_040_000,
    "regular_pay_cents": 1_300_050,
    "penalty_cents": 500_000,
    "report_place": "滨江区江陵路1760号人力资源部",
    "report_on": "2026-07-06",
    "work_place": "杭州市滨江区物联网街88号",
    "archive_transfer": "3",
    "archive_receiver": {
        "name": "滨江区人才服务中心",
        "address": "滨江区泰安路200号",
        "postcode": "310051",
        "contact": "李文",
        "phone": "0571-87702000",
    },
    "hukou_transfer": "1",
    "hukou_address": "滨江区长河街道集体户",
    "supplement": "1. 首年住房补贴每月 800 元；\n2. 入职体检费用由甲方承担。",
}
REQUIRED = (
    *("employer_name", "credit_code", "nature", "industry", "region", "address", "position_category", "position"),
    *("contact_name", "archive_transfer", "hukou_transfer"),
)

# How each filled field is to be found in the text.
SHOWN = {
    **{field: value for field, value in TERMS.items() if isinstance(value, str) and not value.isdigit()},
    "nature": "其他企业",
    "industry": "信息传输、软件和信息技术服务业",
    "region": "浙江省杭州市滨江区",
    "position_category": "工程技术人员",
    "contact_mobile": "13900000021",
    "probation_months": "3 个月",
    "probation_pay_cents": "10,400 元",
    "regular_pay_cents": "13,000.50 元",
    "penalty_cents": "5,000 元",
    "report_on": "2026年7月6日",
    "archive_transfer": "托管单位接收",
    "hukou_transfer": "签约单位接收",
    "supplement": TERMS["supplement"],
    **{f"archive_receiver.{part}": value for part, value in TERMS["archive_receiver"].items()},
}

GRADUATE = Graduate(
    name="张𠮷㙍",
    gender="男",
    school="示例大学",
    college="计算机学院",
    major="软件工程",
    degree="本科",
    study_years="4年",
    graduates_on="2026-06",
    origin="浙江省绍兴市柯桥区",
    id_number_masked="330***********1234",
    phone_masked="139****0007",
)


def text(terms: dict[str, Any] | None = None, /, **graduate: str) -> tuple[Clause, ...]:
    """The agreement's text, with changes to the graduate by keyword."""
    return clauses(TERMS if terms is None else terms, Parties(replace(GRADUATE, **graduate)), label)


def whole(composed: tuple[Clause, ...]) -> str:
    """All of the text in one string."""
    return "\n".join(line for clause in composed for line in (clause.numeral + clause.title, *clause.paragraphs))


def document(composed: tuple[Clause, ...] | None = None, **changes: Any) -> AgreementDocument:
    """A complete document around a text."""
    composed = text() if composed is None else composed
    number = new_agreement_number(2026, "1", "19999")
    made = AgreementDocument(
        number=number,
        text=composed,
        confirmations=(
            Confirmation("单位发出", "杭州远岸数据科技有限公司（周敏）", SIGNED_AT, "单位账号登录"),
            Confirmation("毕业生应约", "张𠮷㙍", SIGNED_AT, "本人账号登录，阅读全文，操作码核验"),
            Confirmation("学院审核", "示例大学计算机学院（王老师）", SIGNED_AT, "审核账号登录"),
            Confirmation("学校审核", "示例大学就业指导中心（陈老师）", SIGNED_AT, "审核账号登录"),
        ),
        issuer="示例大学 · 去向",
        qr_url=qr.issue(
            KEY, public_url=PUBLIC_URL, number=number, terms_hash=terms_hash(composed), issued_at=SIGNED_AT
        ),
        check_url=f"{PUBLIC_URL}/v/",
        made_at=SIGNED_AT,
    )
    return replace(made, **changes)
