"""Other destinations: returned and corrected, completed, corrected by an office, voided, filed by an office."""

from __future__ import annotations

from typing import Any

from app.cli import demo_data as demo
from app.cli.demo_cast import Graduate
from app.cli.demo_clients import StoryStopped
from app.cli.demo_filing import hand_in, hand_in_again, on_behalf
from app.cli.demo_load import credit_code
from app.cli.demo_photos import paper
from app.cli.demo_stage import Stage

UNIVERSITY = "浙江大学"
RIGHT, WRONG = "软件工程", "计算机科学与技术"
MARK = {"field": "major", "label": "录取专业", "reason": "和录取通知书不一致，请照通知书改"}
CONTRACT = demo.UNREGISTERED["金华北辰软件有限公司"]
FILER = "lilaoshi"
"""Who files for a graduate; somebody else of the college decides."""


def further_study(stage: Stage, graduate: Graduate) -> None:
    """升学: the college returns it with a reason beside the field; what was left empty is completed later."""
    graduate.enter()
    lines = [
        f"{graduate.name} 同学：",
        "　　经审核批准，你被录取为我校 2027 级硕士研究生。",
        f"录取专业：{RIGHT}",
        "请于 2027 年 9 月 6 日持本通知书报到。",
    ]
    letter = paper("录 取 通 知 书", lines, UNIVERSITY)
    answers = {"kind": "postgraduate", "university": UNIVERSITY, "major": WRONG}
    filed = hand_in(graduate.phone, "other_destination", answers, variant="study_domestic", sheets=[letter])
    stage.told.step(graduate.name, f"登记「{filed['title']}」，上传录取通知书照片 → {filed['turn']['text']}")
    desk, page = stage.waiting(graduate, "college")
    desk.act(f"/filings/{page['id']}", "return", {"marks": [MARK]})
    [seen] = graduate.phone.get(f"/my/filings/{page['id']}")["remark"]["marks"]
    stage.told.step(f"学院{desk.account['name']}", f"退回修改，「{seen['label']}」旁写着：{seen['reason']}")
    again = hand_in_again(graduate.phone, page["id"], {MARK["field"]: RIGHT})
    outcome = stage.approved(graduate, again)
    stage.told.step(graduate.name, f"改成「{RIGHT}」，第 {again['round']} 次提交；{outcome}")
    completion = hand_in(graduate.phone, "completion", {"college": "软件学院", "study_mode": "full_time"})
    outcome = stage.approved(graduate, completion)
    stage.told.step(graduate.name, f"{completion['kind_name']}（录取院系、学习形式），不用作废重填；{outcome}")
    stage.told.look(stage.address(f"/s/filings/{page['id']}"), graduate.login)


def corrected_and_voided(stage: Stage, graduate: Graduate) -> None:
    """签劳动合同: the college corrects a field, the graduate sees what was before; then 作废 with a review."""
    graduate.enter()
    lines = [
        f"甲方：{CONTRACT.name}",
        f"乙方：{graduate.name}",
        f"工作岗位：{CONTRACT.position}",
        "合同期限：2027 年 7 月 5 日至 2030 年 7 月 4 日",
    ]
    contract = paper("劳 动 合 同", lines, CONTRACT.name)
    filed = hand_in(graduate.phone, "other_destination", _contract(), variant="labor_contract", sheets=[contract])
    stage.told.step(graduate.name, f"登记「{filed['title']}」，职位类别选错了 → {filed['turn']['text']}")
    desk, page = stage.waiting(graduate, "college")
    form = desk.get(f"/filings/{page['id']}/editor")["values"] | {"position_category": CONTRACT.category}
    body = {"variant": page["variant"], "form": form, "reason": "测试工程师属于工程技术人员"}
    desk.act(f"/filings/{page['id']}", "edit", body)
    [edited] = graduate.phone.get(f"/my/filings/{page['id']}")["changes"]
    told = "，".join(f"{one['label']} {one['before']} → {one['after']}" for one in edited["changes"])
    stage.told.step(f"学院{edited['by']}", f"代为修改，{graduate.name} 看得到改了什么：{told}")
    stage.told.step("审核", stage.approved(graduate, page))
    void = hand_in(graduate.phone, "destination_void", {"reason": "单位撤销了岗位，准备另找工作"})
    outcome = stage.approved(graduate, void)
    stage.told.step(graduate.name, f"{void['kind_name']}，输操作码；{outcome}，可以另选去向")
    stage.told.look(stage.address(f"/s/filings/{page['id']}"), graduate.login)


def _contract() -> dict[str, Any]:
    return {
        "employer_name": CONTRACT.name,
        "nature": CONTRACT.nature,
        "credit_code": credit_code(CONTRACT),
        "industry": CONTRACT.industry,
        "region": CONTRACT.region,
        "address": CONTRACT.address,
        "contact_name": CONTRACT.operator,
        "contact_phone": CONTRACT.mobile,
        "position_category": "40",
        "position": CONTRACT.position,
        "signed_on": "2027-05-20",
        "starts_on": "2027-07-05",
    }


def filed_by_the_college(stage: Stage, graduate: Graduate) -> None:
    """代登记 for a graduate who never entered, decided by another teacher; the graduate sees who filed it."""
    filer = stage.staff(FILER)
    [found] = filer.post("/graduates/find", {"q": graduate.student_no})["items"]
    answers = {"employer_name": "滨江区人民政府征兵办公室", "region": "330108", "joins_on": "2027-09-10"}
    lines = [f"{graduate.name}：", "　　你已被批准服现役，请于 2027 年 9 月 10 日报到。"]
    notice = paper("入 伍 通 知 书", lines, "滨江区征兵办公室")
    door = on_behalf(found["id"])
    filed = hand_in(filer, "other_destination", answers, variant="conscript", sheets=[notice], door=door)
    stage.told.step(
        f"学院{filer.account['name']}", f"替 {graduate.name} 登记「{filed['title']}」→ {filed['turn']['text']}"
    )
    approved = stage.approve(graduate)
    stage.told.step("审核", f"谁填的谁不能审，{approved}")
    graduate.enter()
    page = graduate.phone.get(f"/my/filings/{filed['id']}")
    if page["filed_by"] != filer.account["name"]:
        raise StoryStopped("毕业生看不到是谁代登记的")
    stage.told.step(graduate.name, f"第一次进入就看到：由{page['filed_by']}代为填报 → {page['turn']['text']}")
    stage.told.look(stage.address(f"/s/filings/{page['id']}"), graduate.login)
