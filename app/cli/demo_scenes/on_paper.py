"""Agreements on paper: printed, stamped and sent back; signed earlier and entered; given up; ended by a letter."""

from __future__ import annotations

from app.cli import demo_data as demo
from app.cli import demo_photos as photos
from app.cli.demo_cast import Graduate
from app.cli.demo_clients import LinkHolder, StoryStopped
from app.cli.demo_document import look_at
from app.cli.demo_filing import hand_in
from app.cli.demo_load import credit_code
from app.cli.demo_stage import Stage

SENDS_BACK = demo.UNREGISTERED["江州市云栖测绘有限公司"]
SIGNED_EARLIER = demo.UNREGISTERED["绍兴青禾农业科技有限公司"]
GIVEN_UP = demo.UNREGISTERED["宁波长风船舶设计有限公司"]


def stamped(stage: Stage, graduate: Graduate) -> None:
    """线下签约: reviewed, printed with its number, stamped and photographed by the employer, reviewed again."""
    claim = _generated(stage, graduate, SENDS_BACK)
    link = graduate.phone.post(f"/my/claims/{claim}/return-link", {"send": True})["url"]
    stage.told.step(
        graduate.name, f"请单位协助回传，平台把一次性链接发给单位联系人 {SENDS_BACK.operator}，15 天有效，不用注册"
    )
    stage.told.look(f"{stage.settings.wechat.open_url}/mail")
    employer = LinkHolder(stage.settings.public_url, link)
    task = employer.get("/public/return-link")
    sheets = photos.pages(employer.download(task["agreement"]["href"]))
    sent = [
        employer.upload(
            "/public/return-link/uploads",
            f"盖章{number}.jpg",
            photos.photo(photos.stamped(sheet, SENDS_BACK.name), (claim, number)),
        )
        for number, sheet in enumerate(sheets, 1)
    ]
    employer.post("/public/return-link/submission", {"uploads": sent})
    stage.told.step(SENDS_BACK.name, f"打开链接下载、盖章，拍 {len(sent)} 页传回，链接随即失效")
    returned = graduate.phone.get("/my/filings?lane=claim")["items"][0]
    stage.told.step("审核", f"{returned['line']}：{stage.approved(graduate, returned)}")
    stage.told.look(stage.address(f"/s/filings/{returned['id']}"), graduate.login)


def _generated(stage: Stage, graduate: Graduate, firm: demo.Firm) -> str:
    """The data of an agreement are handed in and approved, the paper is fetched; the id of the claim."""
    graduate.enter()
    filed = hand_in(graduate.phone, "offline_agreement", demo.terms(firm, credit_code(firm)))
    outcome = stage.approved(graduate, filed)
    stage.told.step(graduate.name, f"{filed['kind_name']}，{filed['title']}；{outcome}")
    claim = graduate.phone.get(f"/my/filings/{filed['id']}")["claim"]
    looked = look_at(graduate.phone.download(graduate.phone.get(f"/agreements/{claim['id']}/link")["href"]))
    if not looked.good:
        raise StoryStopped("就业协议书的签名不对")
    stage.told.step(graduate.name, f"下载待盖章的就业协议书，PDF {looked.pages} 页，协议编号 {claim['number']}")
    return str(claim["id"])


def ended(stage: Stage, graduate: Graduate) -> None:
    """线下解约: the employer's letter, and what the school was told when it rang up."""
    lines = [
        "江州大学：",
        f"　　我单位与贵校毕业生 {graduate.name} 协商一致，解除就业协议，",
        "双方互不追究违约责任。",
    ]
    letter = photos.paper("解 约 函", lines, SENDS_BACK.name)
    why = {"reason": "other_employer", "note": "找到离家更近的工作，单位已同意"}
    filed = hand_in(graduate.phone, "offline_termination", why, sheets=[letter])
    stage.told.step(graduate.name, f"申请{filed['kind_name']}，上传解约函照片，输操作码 → {filed['turn']['text']}")
    outcome = stage.approved(graduate, filed)
    stage.told.step("审核", f"{outcome}，可以另选去向")
    stage.told.look(stage.address(f"/s/filings/{filed['id']}"), graduate.login)


def given_up(stage: Stage, graduate: Graduate) -> None:
    """作废协议书: the employer withdrew before anything was stamped."""
    _generated(stage, graduate, GIVEN_UP)
    filed = hand_in(graduate.phone, "agreement_void", {"reason": "单位取消了录用"})
    outcome = stage.approved(graduate, filed, first="school")
    stage.told.step(graduate.name, f"单位取消录用，申请{filed['kind_name']}，输操作码；{outcome}，可以另选去向")
    stage.told.look(stage.address(f"/s/filings/{filed['id']}"), graduate.login)


def supplemented(stage: Stage, graduate: Graduate) -> None:
    """已签就业协议信息补充: a paper that was signed elsewhere."""
    graduate.enter()
    firm = SIGNED_EARLIER
    lines = [
        f"用人单位：{firm.name}",
        f"毕业生：{graduate.name}　　学校：江州大学",
        f"岗位：{firm.position}　　月薪：{firm.pay} 元",
        "签订日期：2027 年 4 月 12 日",
    ]
    sheets = [photos.paper("毕 业 生 就 业 协 议 书", lines, firm.name)]
    answers = demo.terms(firm, credit_code(firm)) | {"paper_number": "QY-2027-0412", "signed_on": "2027-04-12"}
    filed = hand_in(graduate.phone, "supplement", answers, sheets=sheets)
    stage.told.step(graduate.name, f"照着纸质协议填（{filed['title']}），上传照片 → {filed['turn']['text']}")
    outcome = stage.approved(graduate, filed)
    number = graduate.phone.get(f"/my/filings/{filed['id']}")["claim"]["number"]
    stage.told.step("审核", f"{outcome}，平台协议编号 {number}")
    stage.told.look(stage.address(f"/s/filings/{filed['id']}"), graduate.login)
