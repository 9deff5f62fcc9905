"""线上签约 from a graduate's first entry to a signed agreement that a stranger checks, and its end by both parties."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from app import clock
from app.cli import demo_data as demo
from app.cli.demo_cast import Graduate
from app.cli.demo_clients import Client, StoryStopped, until
from app.cli.demo_document import Looked, look_at
from app.cli.demo_stage import Stage

ANSWER_BY = 5
"""Days the employer leaves for an answer."""
FIRM = demo.FIRMS[0]


def signed(stage: Stage, graduate: Graduate) -> None:
    """From the first entry to the check of the QR code; raises StoryStopped."""
    _enter(stage, graduate)
    sent = _invited(stage, graduate)
    _card_arrives(stage, graduate, sent)
    _answer(stage, graduate, sent)
    approved = stage.approve(graduate)
    stage.told.step("审核", f"{approved} → {_invitation(graduate, sent)['turn']['text']}")
    looked = _hold_the_document(stage, graduate, sent)
    _a_stranger_checks(stage, looked)
    stage.told.look(stage.address(f"/s/invitations/{sent}"), graduate.login)
    stage.told.look(stage.address(f"/e/invitations/{sent}"), FIRM.login)


def _enter(stage: Stage, graduate: Graduate) -> None:
    asked_at, reached = graduate.log_in()
    stage.told.step(
        graduate.name, f"在公众号点「去向登记」，还没有绑定 → {asked_at}；用学信网账号登录，绑定微信 → {reached}"
    )
    fields = graduate.phone.get("/me")["base"]["fields"]
    graduate.confirm()
    stage.told.step(graduate.name, f"核对基本信息 {len(fields)} 项，设置 6 位操作码，进入系统")


def _invited(stage: Stage, graduate: Graduate) -> str:
    employer = stage.staff(FIRM.login, "e")
    asked = {"name": graduate.name, "id_number": graduate.row["身份证号"]}
    seen = employer.post("/graduate-lookups", asked)["graduate"]
    terms = demo.terms(FIRM, employer.get("/employer/me")["employer"]["credit_code"])
    preview = employer.post("/agreement-previews", {"graduate_ref": seen["ref"], "terms": terms})
    respond_on = (clock.today() + timedelta(days=ANSWER_BY)).isoformat()
    sent = employer.post("/invitations", {"graduate_ref": seen["ref"], "terms": terms, "respond_on": respond_on})
    if sent["terms_hash"] != preview["terms_hash"]:
        raise StoryStopped("发出的条款和预览的不一致")
    stage.told.step(
        FIRM.name,
        f"{FIRM.operator} 按姓名和证件号查到 {seen['name']}，预览协议 {len(preview['clauses'])} 条，"
        f"发出邀请，{respond_on} 截止 → {sent['turn']['text']}",
    )
    return str(sent["id"])


def _card_arrives(stage: Stage, graduate: Graduate, sent: str) -> None:
    card = until(lambda: _card(stage, graduate, "url", sent), "等微信通知")
    told = "，".join(str(item["value"]) for item in card["data"].values())
    at = graduate.phone.tap(card["seq"])
    stage.told.step("微信", f"收到「{card['title']}」：{told}；点开就是{'这份邀请' if sent in at else at}")
    graduate.phone.resume()


def _card(stage: Stage, graduate: Graduate, key: str, words: str) -> dict[str, Any] | None:
    return next((card for card in stage.stand_in.messages_of(graduate.openid) if words in card.get(key, "")), None)


def _invitation(graduate: Graduate, sent: str) -> dict[str, Any]:
    return dict(graduate.phone.get(f"/invitations/{sent}"))


def _answer(stage: Stage, graduate: Graduate, sent: str) -> None:
    resource = f"/invitations/{sent}"
    one = _invitation(graduate, sent)
    graduate.phone.post(f"{resource}/open")
    wrong = graduate.phone.refused(resource, "accept", {"pin": "000000", "terms_hash": one["terms_hash"]})
    accepted = graduate.phone.act(resource, "accept", {"pin": demo.PIN, "terms_hash": one["terms_hash"]})
    stage.told.step(
        graduate.name, f"接受邀请，操作码先故意输错（{wrong['detail']}），再输对 → {accepted['turn']['text']}"
    )


def _hold_the_document(stage: Stage, graduate: Graduate, sent: str) -> Looked:
    agreement = _invitation(graduate, sent)["agreement"]
    card = until(lambda: _card(stage, graduate, "template_id", "agreement_effective"), "等签约成功的微信通知")
    pdf = graduate.phone.download(graduate.phone.get(f"/agreements/{agreement['id']}/link")["href"])
    looked = look_at(pdf)
    if not looked.good or looked.address is None or not looked.address.startswith(stage.settings.public_url):
        raise StoryStopped("协议书的签名或二维码不对")
    number = agreement["number_grouped"]
    stage.told.step(
        graduate.name, f"收到「{card['title']}」，下载协议书 {number}，{looked.pages} 页，签名{looked.signature}"
    )
    return Looked(**{**vars(looked), "number": agreement["number"]})


def _a_stranger_checks(stage: Stage, looked: Looked) -> None:
    stranger = Client(stage.settings.public_url, "v")
    token = str(looked.address).rpartition("/")[2]
    found = stranger.post("/public/agreement-checks", {"token": token})
    if not found["valid"] or found["number"] != looked.number:
        raise StoryStopped("核验没有通过")
    who = " · ".join((found["graduate"], found["school"], found["employer"]))
    stage.told.step("任何人", f"扫协议书上的二维码核验 → {found['state_text']}：{who}，内容与签约时一致")


def ended(stage: Stage, graduate: Graduate) -> None:
    """线上解约: the employer asks, the graduate agrees with the PIN, the offices decide."""
    employer = stage.staff(FIRM.login, "e")
    [sent] = [item["id"] for item in graduate.phone.get("/invitations?state=signed")["items"]]
    claim = _invitation(graduate, sent)["agreement"]["id"]
    why = {"claim_id": claim, "reason": "plans_changed", "note": "研发中心迁往外地"}
    asked = employer.post("/terminations", why)
    stage.told.step(FIRM.name, f"{FIRM.operator} 申请解约，{asked['reason']} → {asked['turn']['text']}")
    agreed = graduate.phone.act(f"/terminations/{asked['id']}", "accept", {"pin": demo.PIN})
    stage.told.step(graduate.name, f"同意解约，输操作码 → {agreed['turn']['text']}")
    approved = stage.approve(graduate)
    over = graduate.phone.get(f"/terminations/{asked['id']}")
    stage.told.step("审核", f"{approved} → {over['turn']['text']}")
    stage.told.look(stage.address(f"/s/invitations/{sent}"), graduate.login)
