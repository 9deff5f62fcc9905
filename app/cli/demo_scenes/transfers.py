"""档案 and 户口: registered, then changed; what was registered holds until the change is approved."""

from __future__ import annotations

from typing import Any

from app.cli.demo_cast import Graduate
from app.cli.demo_filing import hand_in
from app.cli.demo_stage import Stage

ARCHIVE = {
    "transfer": "1",
    "receiver_name": "浙江大学研究生院",
    "region": "330106",
    "address": "余杭塘路 866 号紫金港校区",
    "postcode": "310058",
    "contact": "研究生招生处",
    "phone": "0571-88200000",
}
NEW_CAMPUS = {
    "region": "330108",
    "address": "东信大道 66 号滨江校区",
    "postcode": "310053",
    "contact": "软件学院教学科",
}
HUKOU = {"transfer": "1", "region": "330106", "address": "余杭塘路 866 号浙江大学集体户"}


def archive_and_hukou(stage: Stage, graduate: Graduate) -> None:
    """Both matters, each registered and changed."""
    home = {"transfer": "4", "region": graduate.row["生源所在地"], "address": "人民路 18 号 2 单元 301 室"}
    _settled(stage, graduate, "archive", ARCHIVE, NEW_CAMPUS)
    _settled(stage, graduate, "hukou", HUKOU, home)


def _settled(stage: Stage, graduate: Graduate, lane: str, first: dict[str, Any], then: dict[str, Any]) -> None:
    for kind, answers in ((f"{lane}_registration", first), (f"{lane}_change", then)):
        filed = hand_in(graduate.phone, kind, answers)
        outcome = stage.approved(graduate, filed)
        holds = graduate.phone.get(f"/my/transfers/{lane}")["record"]["values"]["address"]
        stage.told.step(graduate.name, f"{filed['kind_name']}；{outcome}，现在是{holds}")
    stage.told.look(stage.address(f"/s/{lane}"), graduate.login)
