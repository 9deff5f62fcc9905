"""One sound form of every kind, by the name it has here; and how each is made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.schemas.destinations import FORMS
from app.schemas.form import Form
from app.schemas.reasons import ReasonForm
from app.schemas.stamped import StampedForm, VoidForm
from app.schemas.termination import TerminationForm
from app.schemas.terms import AgreementTerms, SupplementForm
from app.schemas.transfers import ArchiveForm, HukouForm

ALL: Mapping[str, type[Form]] = {
    **FORMS,
    "agreement": AgreementTerms,
    "supplement": SupplementForm,
    "termination": TerminationForm,
    "stamped": StampedForm,
    "void_agreement": VoidForm,
    "void_destination": ReasonForm,
    "archive": ArchiveForm,
    "hukou": HukouForm,
}

_WHERE = {"region": "330108", "address": "江南大道 100 号"}
_CONTACT = {"contact_name": "吴海波", "contact_phone": "0571-86660000"}
_UNIT = {
    "employer_name": "杭州云海科技有限公司",
    "nature": "39",
    "credit_code": "91330108MA2H1A2C00",
    "industry": "34",
    **_WHERE,
    **_CONTACT,
    "position_category": "13",
    "position": "后端开发工程师",
    "signed_on": "2026-06-01",
    "starts_on": "2026-07-06",
}
_PROJECT = {"employer_name": "庆元县淤上乡人民政府", "region": "331126", "serves_from": "2026-08-01"}
_TERMS = {
    **{name: value for name, value in _UNIT.items() if name not in ("contact_phone", "signed_on", "starts_on")},
    "contact_mobile": "13957100000",
    "archive_transfer": "9",
    "hukou_transfer": "9",
}

SOUND: Mapping[str, dict[str, Any]] = {
    "unit": _UNIT,
    "unit_paid": _UNIT | {"monthly_pay_cents": 600_000},
    "unit_abroad": {
        "employer_name": "东京海洋贸易株式会社",
        "country": "JP",
        "address": "東京都港区1-2-3",
        "nature": "39",
        "industry": "31",
        "contact_name": "山本",
        "contact_phone": "+81 3-1234-5678",
        "position_category": "21",
    },
    "commissioned": {name: value for name, value in _UNIT.items() if name != "position"},
    "freelance": {
        "kind": "online_media",
        "duties": "给三个品牌做短视频脚本，按条结算。",
        "region": "330108",
        "monthly_pay_cents": 700_000,
    },
    "national_project": _PROJECT | {"project": "three_supports", "serves_to": "2028-07-31"},
    "local_project": _PROJECT | {"project": "selected_graduate", "authority": "省委组织部"},
    "conscript": {"employer_name": "滨江区人民政府征兵办公室", "region": "330108", "joins_on": "2026-09-10"},
    "military_staff": {
        "kind": "civilian",
        "employer_name": "某部队医院",
        "region": "330106",
        "position_category": "19",
        "position": "护士",
    },
    "startup": {
        "kind": "online_shop",
        "employer_name": "阿晏的竹编铺",
        "url": "https://shop.example.com/zhubian",
        "industry": "31",
        "region": "330108",
        "role": "店主",
        "share_percent": 100,
    },
    "study_domestic": {
        "kind": "postgraduate",
        "university": "浙江大学",
        "college": "计算机科学与技术学院",
        "study_mode": "full_time",
    },
    "study_abroad": {
        "country": "GB",
        "university": "爱丁堡大学",
        "university_foreign": "The University of Edinburgh",
        "major": "数据科学",
        "major_foreign": "Data Science",
    },
    "undecided": {"wished_city": "杭州", "needs_help": True},
    "agreement": _TERMS,
    "supplement": _TERMS | {"paper_number": "2026-0001", "signed_on": "2026-05-20"},
    "termination": {"reason": "study", "note": "考上了研究生"},
    "stamped": {"note": "第二页是补签的。"},
    "void_agreement": {"reason": "单位取消录用"},
    "void_destination": {"reason": "已被研究生录取，改为升学"},
    "archive": {
        "transfer": "3",
        "receiver_name": "杭州市滨江区人才管理服务中心",
        **_WHERE,
        "postcode": "310051",
        "contact": "档案室",
        "phone": "0571-87770000",
    },
    "hukou": {"transfer": "1", **_WHERE},
}

RECEIVER = {"name": "杭州市人才管理服务中心", "address": "莫干山路 1 号", "contact": "档案科", "phone": "0571-85167000"}
