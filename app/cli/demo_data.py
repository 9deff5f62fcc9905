"""Who and what the demo speaks of, beside the graduates of the sample: staff, employers, offers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from app.codes import regions

PASSWORD = "quxiang2027"  # noqa: S105  # printed at every start; the demo refuses to run in production
PIN = "246810"
CONTACT = {
    "office": "就业指导中心",
    "phone": "0570-88001234",
    "email": "jiuye@example.com",
    "hours": "工作日 8:30–11:30，14:00–17:00",
}


@dataclass(frozen=True)
class Reviewer:
    """审核老师: of a college, or of the school where none is named."""

    login: str
    name: str
    college: str | None


REVIEWERS = (
    Reviewer("chenlaoshi", "陈老师", "计算机与人工智能学院"),
    Reviewer("lilaoshi", "李老师", "计算机与人工智能学院"),
    Reviewer("wanglaoshi", "王老师", "建筑与土木学院"),
    Reviewer("zhaolaoshi", "赵老师", "经济与管理学院"),
    Reviewer("sunlaoshi", "孙老师", "理学院"),
    Reviewer("qianlaoshi", "钱老师", "材料科学与工程学院"),
    Reviewer("xulaoshi", "徐老师", "机械工程学院"),
    Reviewer("hulaoshi", "胡老师", "电气与自动化学院"),
    Reviewer("helaoshi", "何老师", "外国语学院"),
    Reviewer("linlaoshi", "林老师", "艺术设计学院"),
    Reviewer("guolaoshi", "郭老师", "教育学院"),
    Reviewer("malaoshi", "马老师", "医学院"),
    Reviewer("fanglaoshi", "方老师", None),
    Reviewer("shenlaoshi", "沈老师", None),
)


@dataclass(frozen=True)
class Firm:
    """用人单位 with one operator and the job it offers; ``code`` lacks the check digit."""

    login: str
    operator: str
    title: str
    name: str
    code: str
    nature: str
    industry: str
    region: str
    address: str
    position: str
    category: str
    pay: int
    landline: str | None = None
    mobile: str | None = None
    more: dict[str, Any] = field(default_factory=dict)


FIRMS = (
    Firm(
        "zhoumin",
        "周敏",
        "招聘主管",
        "杭州远岸数据科技有限公司",
        "91330108MA2GX7KQ4",
        "39",
        "34",
        "330108",
        "江陵路 1760 号 3 幢 12 层",
        "后端开发工程师",
        "13",
        13_000,
        mobile="19900008801",
        more={
            "archive_transfer": "1",
            "archive_receiver": {
                "name": "滨江区人才服务中心",
                "address": "浙江省杭州市滨江区江南大道 100 号",
                "postcode": "310051",
                "contact": "档案管理科",
                "phone": "0571-87700000",
            },
        },
    ),
    Firm(
        "yuzhigang",
        "俞志刚",
        "人事经理",
        "绍兴越秀建工集团有限公司",
        "91330602MA7XK4T3D",
        "39",
        "24",
        "330602",
        "胜利东路 386 号",
        "施工技术员",
        "13",
        7_800,
        landline="0575-88000001",
    ),
    Firm(
        "heqing",
        "何晴",
        "人力资源专员",
        "宁波海曙联合外贸服务有限公司",
        "91330203MA2AH9P5R",
        "39",
        "31",
        "330203",
        "中山西路 2 号",
        "外贸专员",
        "40",
        8_200,
        mobile="19900008803",
    ),
    Firm(
        "dingyue",
        "丁越",
        "校园招聘负责人",
        "江州农商银行股份有限公司",
        "91330802MA29C6LE8",
        "31",
        "35",
        "330802",
        "荷三路 288 号",
        "数据分析师",
        "22",
        11_500,
        landline="0570-88000004",
    ),
    Firm(
        "shiyuan",
        "施远",
        "招聘经理",
        "衢州永磁电机制造有限公司",
        "91330803MA2DJ0WX1",
        "39",
        "22",
        "330803",
        "东港三路 16 号",
        "电气工程师",
        "13",
        9_600,
        mobile="19900008805",
    ),
    Firm(
        "baijing",
        "白静",
        "人事科科长",
        "越溪县第一实验小学",
        "12330822MB1F93GH2",
        "22",
        "42",
        "330822",
        "人民路 51 号",
        "小学教师",
        "24",
        8_800,
        landline="0570-77000006",
    ),
)


UNREGISTERED = {
    firm.name: firm
    for firm in (
        Firm(
            "jianing",
            "贾宁",
            "经理",
            "江州市云栖测绘有限公司",
            "91330802MA2DKQ7H3",
            "39",
            "38",
            "330802",
            "九华北大道 78 号 2 层",
            "测绘软件工程师",
            "13",
            9_000,
            landline="0570-88000011",
        ),
        Firm(
            "tongyao",
            "童瑶",
            "办公室主任",
            "绍兴青禾农业科技有限公司",
            "91330602MA2BX8JD5",
            "39",
            "11",
            "330602",
            "平江路 66 号",
            "物联网工程师",
            "13",
            8_600,
            mobile="19900008812",
        ),
        Firm(
            "mochuan",
            "莫川",
            "人事主管",
            "宁波长风船舶设计有限公司",
            "91330203MA2GR4NU6",
            "39",
            "38",
            "330203",
            "中山西路 210 号",
            "仿真软件工程师",
            "13",
            10_500,
            mobile="19900008813",
        ),
        Firm(
            "shenbei",
            "申贝",
            "人事专员",
            "金华北辰软件有限公司",
            "91330702MA2EW3PT8",
            "39",
            "34",
            "330702",
            "双龙南街 801 号",
            "测试工程师",
            "13",
            7_900,
            mobile="19900008814",
        ),
    )
}
"""Employers without an account, by name: their agreements are on paper."""


def terms(firm: Firm, credit_code: str) -> dict[str, Any]:
    """The firm's offer as its operator would fill the form."""
    trial = 3
    return {
        "employer_name": firm.name,
        "credit_code": credit_code,
        "nature": firm.nature,
        "industry": firm.industry,
        "region": firm.region,
        "address": firm.address,
        "position_category": firm.category,
        "position": firm.position,
        "contact_name": firm.operator,
        "contact_landline": firm.landline,
        "contact_mobile": firm.mobile,
        "contact_email": f"{firm.login}@example.com",
        "probation_months": trial,
        "probation_pay_cents": firm.pay * 80,
        "regular_pay_cents": firm.pay * 100,
        "penalty_cents": 500_000,
        "report_place": firm.address,
        "report_on": "2027-07-05",
        "work_place": regions.full_name(firm.region),
        "archive_transfer": "4",
        "archive_receiver": None,
        "hukou_transfer": "9",
        "hukou_address": None,
        "supplement": None,
    } | firm.more


@dataclass(frozen=True)
class Offer:
    """An invitation of the demo: from whom, to whom, open for how many days, and how far it has come."""

    firm: str
    graduate: str
    days: int
    reached: str = "pending"
    """pending, accepted, passed (by the college) or effective"""


OFFERS = (
    Offer("zhoumin", "林知夏", 5),
    Offer("dingyue", "林知夏", 1),
    Offer("zhoumin", "沈予安", 4),
    Offer("zhoumin", "何其晏", 3),
    Offer("zhoumin", "乔安然", 6, "accepted"),
    Offer("dingyue", "许闻舟", 7, "passed"),
    Offer("yuzhigang", "顾一鸣", 5, "effective"),
)
ENTERED = ("林知夏", "沈予安", "乔安然", "许闻舟", "顾一鸣")
"""They have confirmed their data and set the PIN, and those with a phone are bound to it. 何其晏 has yet to enter."""


@dataclass(frozen=True)
class Misfit:
    """A CHSI account that cannot enter, to be seen failing; ``like`` lends the ID number."""

    login: str
    name: str
    like: str | None


MISFITS = (Misfit("sunbuzai", "孙不在", None), Misfit("guyiming2", "顾一名", "顾一鸣"))
STRANGER_NUMBER = "33060220040101901"
"""An ID number no school has uploaded, without its check digit."""
