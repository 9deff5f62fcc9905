"""The whole story, played against the running system over HTTP as the four people's clients would live it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import click

from app import clock
from app.cli import demo_data as demo
from app.cli import sample
from app.cli.demo_clients import Client, Phone, StoryStopped, until
from app.cli.demo_document import Looked, look_at
from app.cli.sample_people import STARS
from app.cli.stand_in import StandIn
from app.settings import Settings

COLLEGE = "计算机与人工智能学院"
ANSWER_BY = 5
"""Days the employer of the story leaves for an answer."""


@dataclass
class Graduate:
    """Who the story is about this time: somebody of the roster who has never entered before."""

    row: dict[str, str]
    login: str
    openid: str

    @property
    def name(self) -> str:
        """姓名."""
        return self.row["姓名"]


@dataclass
class Told:
    """Prints each step as it happens, with the seconds since the start."""

    started: float = field(default_factory=time.monotonic)
    steps: int = 0

    def step(self, who: str, what: str) -> None:
        """A new step."""
        self.steps += 1
        click.echo(f"\n{self.steps:2d}. {click.style(who, bold=True)}  {what}")

    def line(self, text: str) -> None:
        """Something seen in this step."""
        click.echo(f"      {time.monotonic() - self.started:5.1f}s  {text}")


def play(settings: Settings, stand_in: StandIn) -> None:
    """From the graduate's first entry to a signed agreement that a stranger checks; raises StoryStopped."""
    told = Told()
    graduate = _somebody_new(stand_in)
    phone = Phone(settings.public_url, settings.wechat.open_url, graduate.openid)
    _enter(told, phone, graduate)
    employer, sent = _invite(told, settings, graduate)
    _card_arrives(told, stand_in, phone, graduate, sent)
    _answer(told, phone, sent)
    _review(told, settings, "chenlaoshi", "学院", graduate)
    _review(told, settings, "fanglaoshi", "学校", graduate)
    looked = _hold_the_document(told, settings, phone, stand_in, sent)
    _a_stranger_checks(told, settings, looked)
    _everybody_leaves(told, phone, employer, sent)
    click.echo(
        f"\n全部 {told.steps} 步用时 {time.monotonic() - told.started:.1f} 秒："
        f"{graduate.name} 与 {demo.FIRMS[0].name} 签约成功，协议编号 {looked.number}。\n"
    )


def _somebody_new(stand_in: StandIn) -> Graduate:
    """The next graduate of the sample without a CHSI account yet; gets one, and a phone."""
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
        if any(person["username"] == login for person in stand_in.people_named(login)):
            continue
        graduate = Graduate(row, login, f"oQxDemoStudent{number:014d}")
        person = {"username": login, "password": demo.PASSWORD, "name": graduate.name, "id_number": row["身份证号"]}
        person |= {"phone": row["手机号码"], "email": row["电子邮箱"]}
        stand_in.register_people([person | {"verified_person": True}])
        stand_in.register_followers([{"nickname": graduate.name, "openid": graduate.openid, "following": True}])
        return graduate
    raise StoryStopped("示例名单里的人都演过了，用 make reset 重新开始。")


def _enter(told: Told, phone: Phone, graduate: Graduate) -> None:
    told.step("毕业生", f"{graduate.name} 在公众号菜单里点「去向登记」")
    told.line(f"微信网页授权（静默）→ 还没有绑定 → {phone.enter('/s/')}")
    path = phone.log_in_at_chsi(graduate.login, demo.PASSWORD, "/s/")
    told.line(f"学信网统一认证登录，姓名和证件号与名单一致，绑定微信 → {path}")
    phone.resume()
    me = phone.get("/me")
    shown = {item["key"]: item["value"] or "--" for item in me["base"]["fields"]}
    told.step("毕业生", "首次进入，核对基本信息 20 项，设置 6 位操作码")
    told.line(f"{shown['school']} {shown['college']} {shown['major']} {shown['degree']} · 学号 {shown['student_no']}")
    confirmed = phone.act("/me", "confirm", {"pin": demo.PIN})
    told.line(f"「信息确认无误，进入系统」→ {confirmed['base']['state']}，操作码已设置：{confirmed['pin_set']}")


def _invite(told: Told, settings: Settings, graduate: Graduate) -> tuple[Client, str]:
    firm = demo.FIRMS[0]
    employer = Client(settings.public_url, "e")
    told.step("用人单位", f"{firm.operator}（{firm.name}）登录，查找毕业生")
    employer.sign_in(firm.login, demo.PASSWORD)
    found = employer.post("/graduate-lookups", {"name": graduate.name, "id_number": graduate.row["身份证号"]})
    seen = found["graduate"]
    told.line(
        f"找到 {seen['name']}：{seen['school']} · {seen['major']} · {seen['degree']}，可以邀请：{found['can_invite']}"
    )
    own = employer.get("/employer/me")["employer"]
    terms = demo.terms(firm, own["credit_code"])
    preview = employer.post("/agreement-previews", {"graduate_ref": seen["ref"], "terms": terms})
    told.step("用人单位", "填写条款，预览对方将看到的协议全文，发出邀请")
    told.line(f"协议全文 {len(preview['clauses'])} 条，指纹 {preview['terms_hash'][:16]}…")
    respond_on = (clock.today() + timedelta(days=ANSWER_BY)).isoformat()
    sent = employer.post("/invitations", {"graduate_ref": seen["ref"], "terms": terms, "respond_on": respond_on})
    if sent["terms_hash"] != preview["terms_hash"]:
        raise StoryStopped("发出的条款和预览的不一致")
    told.line(f"已发出：{sent['turn']['text']}，应约截止 {respond_on} 23:59")
    return employer, sent["id"]


def _card_arrives(told: Told, stand_in: StandIn, phone: Phone, graduate: Graduate, sent: str) -> None:
    told.step("微信", f"{graduate.name} 的手机")
    card = until(lambda: _card(stand_in, graduate.openid, sent), "等微信通知")
    values = "，".join(str(item["value"]) for item in card["data"].values())
    told.line(f"收到「{card['title']}」：{values}")
    told.line(f"点开卡片 → {phone.tap(card['seq'])}")


def _card(stand_in: StandIn, openid: str, about: str) -> dict[str, Any] | None:
    return next((card for card in stand_in.messages_of(openid) if about in card.get("url", "")), None)


def _answer(told: Told, phone: Phone, sent: str) -> None:
    phone.resume()
    resource = f"/invitations/{sent}"
    told.step("毕业生", "看条款，点「接受」，输入操作码")
    one = phone.get(resource)
    phone.post(f"{resource}/open")
    told.line(f"{one['title']}：" + "，".join(f"{item['label']} {item['value']}" for item in one["terms"][:4]))
    wrong = phone.refused(resource, "accept", {"pin": "000000", "terms_hash": one["terms_hash"]})
    told.line(f"先故意输错一次：{wrong['detail']}")
    accepted = phone.act(resource, "accept", {"pin": demo.PIN, "terms_hash": one["terms_hash"]})
    told.line(f"已接受：{accepted['turn']['text']}；" + _way(accepted))


def _review(told: Told, settings: Settings, login: str, desk: str, graduate: Graduate) -> None:
    reviewer = Client(settings.public_url, "console")
    reviewer.sign_in(login, demo.PASSWORD)
    told.step(f"{desk}审核", f"{reviewer.account['name']} 打开审核台")
    waiting = reviewer.get(f"/reviews?q={graduate.row['学号']}&limit=100")["items"]
    mine = next((item for item in waiting if item["graduate"]["student_no"] == graduate.row["学号"]), None)
    if mine is None:
        raise StoryStopped(f"{desk}审核台里没有 {graduate.name} 的材料")
    told.line(f"{mine['kind_name']}：{mine['graduate']['name']} · {mine['title']} · {mine['line']}")
    resource = f"/filings/{mine['filing_id']}"
    reviewer.post(f"{resource}/hold")
    decided = reviewer.act(resource, "approve", {})
    told.line(f"通过：{decided['turn']['text']}；" + _way(decided))
    reviewer.sign_out()


def _way(seen: dict[str, Any]) -> str:
    marks = {"done": "●", "now": "◐", "todo": "○", "lost": "×"}
    return " ".join(f"{marks[step['state']]}{step['label']}" for step in seen["steps"])


def _hold_the_document(told: Told, settings: Settings, phone: Phone, stand_in: StandIn, sent: str) -> Looked:
    phone.resume()
    one = phone.get(f"/invitations/{sent}")
    told.step("毕业生", f"签约成功，下载电子协议书（编号 {one['agreement']['number_grouped']}）")
    effective = until(
        lambda: next(
            (c for c in stand_in.messages_of(phone.openid) if "agreement_effective" in c["template_id"]), None
        ),
        "等签约成功的微信通知",
    )
    told.line(f"微信收到「{effective['title']}」")
    link = phone.get(f"/agreements/{one['agreement']['id']}/link")
    pdf = phone.download(link["href"])
    looked = look_at(pdf)
    told.line(f"PDF {looked.pages} 页，{len(pdf) // 1024} kB；平台签名 {looked.signature}，签名者 {looked.signer}")
    if not looked.good or looked.address is None or not looked.address.startswith(settings.public_url):
        raise StoryStopped("协议书的签名或二维码不对")
    told.line(f"二维码读出 → {looked.address[:60]}…")
    return Looked(**{**vars(looked), "number": one["agreement"]["number"]})


def _a_stranger_checks(told: Told, settings: Settings, looked: Looked) -> None:
    stranger = Client(settings.public_url, "v")
    told.step("任何人", "扫协议书上的二维码核验")
    token = str(looked.address).rpartition("/")[2]
    found = stranger.post("/public/agreement-checks", {"token": token})
    who = " · ".join((found["graduate"], found["school"], found["employer"]))
    told.line(f"{found['number_grouped']} {found['state_text']}：{who}")
    told.line(f"内容与签约时一致：{found['terms_hash_matches']}")
    if not found["valid"] or found["number"] != looked.number:
        raise StoryStopped("核验没有通过")


def _everybody_leaves(told: Told, phone: Phone, employer: Client, sent: str) -> None:
    told.step("用人单位", "签约管理里看到结果")
    mine = employer.get(f"/invitations/{sent}")
    told.line(f"{mine['turn']['text']}；" + _way(mine))
    unread = phone.get("/messages/counts")["unread"]
    told.line(f"毕业生消息中心未读 {unread} 条；两边退出登录")
    employer.sign_out()
    phone.sign_out()
