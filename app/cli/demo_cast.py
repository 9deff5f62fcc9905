"""Who plays this time: graduates of the demo's roster who have never entered, each with a CHSI account and a phone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.cli import demo_data as demo
from app.cli import sample
from app.cli.demo_clients import Phone, StoryStopped
from app.cli.sample_people import STARS
from app.cli.stand_in import StandIn
from app.settings import Settings

COLLEGE = "计算机与人工智能学院"


@dataclass
class Graduate:
    """A graduate of the roster and the phone in their hand."""

    row: dict[str, str]
    login: str
    openid: str
    phone: Phone = field(repr=False)

    @property
    def name(self) -> str:
        """姓名."""
        return self.row["姓名"]

    @property
    def student_no(self) -> str:
        """学号."""
        return self.row["学号"]

    def log_in(self) -> tuple[str, str]:
        """From the menu of the public account to CHSI's log-in, and on to one's pages; the paths of both."""
        asked_at = self.phone.enter("/s/")
        reached = self.phone.log_in_at_chsi(self.login, demo.PASSWORD, "/s/")
        self.phone.resume()
        return asked_at, reached

    def confirm(self) -> None:
        """「信息确认无误，进入系统」 with a new PIN."""
        self.phone.act("/me", "confirm", {"pin": demo.PIN})

    def enter(self) -> None:
        """The first entry, all of it."""
        self.log_in()
        self.confirm()

    def turn(self, filing_id: str) -> str:
        """Where a filing of one's own stands."""
        return str(self.phone.get(f"/my/filings/{filing_id}")["turn"]["text"])


def gathered(settings: Settings, stand_in: StandIn, many: int) -> list[Graduate]:
    """The next ``many`` graduates of the sample without a CHSI account, each given one, and a phone.

    The last has moved the hukou to the school. Raises :class:`StoryStopped` when all of the sample have played.
    """
    chosen: list[tuple[dict[str, str], str]] = []
    for row, login in _free(stand_in):
        if len(chosen) < many - 1 or row["户口是否转入学校"] == "是":
            chosen.append((row, login))
        if len(chosen) == many:
            return [_with_phone(settings, stand_in, *one) for one in chosen]
    raise StoryStopped("示例名单里的人都演过了，用 make reset 重新开始。")


def _free(stand_in: StandIn) -> Iterator[tuple[dict[str, str], str]]:
    candidates = (
        one.row
        for number, one in enumerate(sample.graduates())
        if number >= len(STARS)
        and one.row["院系"] == COLLEGE
        and one.row["培养方式"] == "非定向"
        and one.row["手机号码"]
    )
    for number, row in enumerate(candidates, 1):
        login = f"student{number:04d}"
        if not any(person["username"] == login for person in stand_in.people_named(login)):
            yield row, login


def _with_phone(settings: Settings, stand_in: StandIn, row: dict[str, str], login: str) -> Graduate:
    openid = f"oQxDemoStudent{login.removeprefix('student'):0>14}"
    person = {"username": login, "password": demo.PASSWORD, "name": row["姓名"], "id_number": row["身份证号"]}
    person |= {"phone": row["手机号码"], "email": row["电子邮箱"]}
    stand_in.register_people([person | {"verified_person": True}])
    stand_in.register_followers([{"nickname": row["姓名"], "openid": openid, "following": True}])
    return Graduate(row, login, openid, Phone(settings.public_url, settings.wechat.open_url, openid))
