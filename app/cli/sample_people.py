"""What invented graduates are drawn from: names, homes, colleges and majors, and those the demo speaks of."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Major:
    """专业: code, name, weight, share of women, years of a bachelor, shares of degrees, share of 定向."""

    code: str
    name: str
    size: int
    women: float
    years: int = 4
    masters: int = 12
    doctors: int = 0
    commissioned: float = 0.0
    teachers: bool = False

    @property
    def bachelors(self) -> int:
        """The share of bachelors in a hundred."""
        return 100 - self.masters - self.doctors


@dataclass(frozen=True)
class College:
    """学院 and what one can study there."""

    name: str
    majors: tuple[Major, ...]


@dataclass(frozen=True)
class Star:
    """A graduate the demo speaks of. ``login`` and ``openid`` exist in the stand-ins for CHSI and WeChat."""

    name: str
    gender: str
    major: str
    degree: str
    county: str
    login: str = ""
    openid: str = ""
    hukou: str = "否"
    id_prefix: str = ""


COLLEGES = (
    College(
        "计算机与人工智能学院",
        (
            Major("080902", "软件工程", 260, 0.28),
            Major("080901", "计算机科学与技术", 190, 0.27, masters=25, doctors=3),
            Major("080903", "网络工程", 90, 0.25),
            Major("080904K", "信息安全", 70, 0.24, masters=30),
            Major("080717T", "人工智能", 80, 0.3, masters=20, doctors=2),
        ),
    ),
    College(
        "机械工程学院",
        (
            Major("080202", "机械设计制造及其自动化", 200, 0.14, masters=18, doctors=2),
            Major("080205", "工业设计", 60, 0.48),
            Major("080207", "车辆工程", 80, 0.12),
        ),
    ),
    College(
        "电气与自动化学院",
        (
            Major("080601", "电气工程及其自动化", 210, 0.2, masters=20, doctors=2),
            Major("080801", "自动化", 120, 0.22, masters=15),
        ),
    ),
    College(
        "建筑与土木学院",
        (
            Major("081001", "土木工程", 180, 0.18, masters=15, doctors=1),
            Major("082801", "建筑学", 70, 0.46, years=5, masters=20),
            Major("120103", "工程管理", 80, 0.38),
        ),
    ),
    College(
        "材料科学与工程学院",
        (
            Major("080401", "材料科学与工程", 140, 0.33, masters=30, doctors=6),
            Major("080407", "高分子材料与工程", 90, 0.36),
        ),
    ),
    College(
        "经济与管理学院",
        (
            Major("120203K", "会计学", 220, 0.74),
            Major("020301K", "金融学", 170, 0.62, masters=18),
            Major("020401", "国际经济与贸易", 110, 0.68),
            Major("120202", "市场营销", 90, 0.6),
        ),
    ),
    College(
        "理学院",
        (Major("071201", "统计学", 110, 0.52, masters=16), Major("070101", "数学与应用数学", 90, 0.49, teachers=True)),
    ),
    College(
        "外国语学院",
        (
            Major("050201", "英语", 130, 0.85, teachers=True),
            Major("050207", "日语", 60, 0.8),
            Major("050262", "商务英语", 80, 0.82),
        ),
    ),
    College("艺术设计学院", (Major("130502", "视觉传达设计", 100, 0.68), Major("130503", "环境设计", 90, 0.63))),
    College(
        "教育学院",
        (
            Major("040107", "小学教育", 130, 0.86, commissioned=0.12, teachers=True),
            Major("040106", "学前教育", 90, 0.96, teachers=True),
        ),
    ),
    College(
        "医学院",
        (
            Major("100201K", "临床医学", 150, 0.52, years=5, masters=30, doctors=4, commissioned=0.15),
            Major("101101", "护理学", 110, 0.9),
        ),
    ),
)

_COMMON = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许邓韩冯曹彭曾肖田董袁潘于蒋蔡余杜叶"
_LESS_COMMON = (
    "程苏魏吕丁任沈姚卢傅钟姜崔谭廖范汪陆金石戴贾韦夏邱方侯邹熊孟秦白江阎薛尹段雷龙黎史陶"
    "贺毛郝顾龚邵万覃武钱严莫孔向汤温俞骆翁褚祝盛"
)
_SURNAMES = [*_COMMON, *_LESS_COMMON, "欧阳", "上官", "诸葛"]
SURNAMES = (_SURNAMES, [max(2, 110 - rank) for rank in range(len(_SURNAMES))])
"""Surnames, the frequent first, with their weights."""

GIVEN = {
    "男": list(
        "伟浩宇轩泽铭俊杰昊然睿博文涛鹏翔志远航子墨一鸣嘉豪晨阳明哲思源承恩景行旭东凯弘毅彦霖逸飞天佑启航云帆书恒廷舟屿谦砚川朗"
    ),
    "女": list(
        "静怡欣悦雨桐梓涵诗琪雅婷思颖佳慧若曦语嫣晓雯梦瑶芷若清妍可馨安然知夏念卿舒窈令仪婉宁书瑶锦溪蓁蓁幼薇映雪听澜采薇羽彤亦菲"
    ),
}

PROVINCES = (
    [
        "33",
        "32",
        "34",
        "36",
        "41",
        "37",
        "35",
        "43",
        "42",
        "51",
        "52",
        "50",
        "53",
        "45",
        "62",
        "61",
        "14",
        "13",
        "44",
        "65",
        "21",
    ],
    [520, 55, 75, 60, 70, 40, 35, 30, 30, 35, 30, 15, 20, 25, 20, 15, 20, 25, 15, 10, 10],
)
"""Provinces of origin with their weights: more than half come from the school's own."""

STARS = (
    Star("林知夏", "女", "软件工程", "本科", "330602", "linzhixia", "oQxDemoLinZhiXia000000000001"),
    Star("何其晏", "男", "软件工程", "本科", "330108", "heqiyan", "oQxDemoHeQiYan00000000000002"),
    Star("许闻舟", "男", "信息安全", "硕士", "330282", "xuwenzhou"),
    Star("沈予安", "女", "统计学", "本科", "330106", "shenyuan", "oQxDemoShenYuAn0000000000003"),
    Star("乔安然", "女", "网络工程", "本科", "341004", "qiaoanran", "oQxDemoQiaoAnRan000000000004"),
    Star("顾一鸣", "男", "土木工程", "本科", "330683", "guyiming", "oQxDemoGuYiMing0000000000005"),
    Star("罗嘉禾", "女", "商务英语", "本科", "330203", "luojiahe", hukou="是"),
    Star("魏子衿", "女", "视觉传达设计", "本科", "330110", "weizijin", hukou="--"),
    Star("王㙍", "男", "材料科学与工程", "硕士", "360102", "wangbao"),
    Star("田𠮷", "男", "电气工程及其自动化", "本科", "430102", "tianji"),
    Star("黎颂恩", "女", "金融学", "本科", "330105", "lisongen", id_prefix="810000"),
)
"""The first six have a phone in the WeChat stand-in; 㙍 and 𠮷 are rare characters; the last has a 港澳台居民居住证."""
