"""Where an archive may go (档案去哪里): a sentence by what the graduate does next, never a rule.

Practice of the archive offices (流动人员人事档案管理服务规定): not every unit may hold archives; they travel by
机要 or EMS only, never with their person.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNIT = "机关、国有企业和事业单位一般可以接收档案：先问单位人事部门收不收、寄到哪里，再照它的调档函填。"
ARMY = "档案随政审材料转到部队或征兵办指定的单位，照通知书上的地址填。"
AGENCY = "这类单位一般不能保管档案：转到就业地或户籍地的公共就业人才服务机构，先打电话确认能否接收。"
SCHOOL = "档案转到录取学校：照录取通知书或调档函写明的部门和地址填。"
HOME = "档案转到户籍地的公共就业人才服务机构；也可以问学校能否先代为保管，最长两年。"
PROJECT = "按项目规定办：一般转到服务地或户籍地的公共就业人才服务机构，照录用通知填。"
CARRIED = "档案只走机要或 EMS，不能自己携带；收件人写单位部门，不能写本人或家人。"

BY_NATURE: Mapping[str, str] = {
    "10": UNIT, "20": UNIT, "21": UNIT, "22": UNIT, "23": UNIT, "29": UNIT, "31": UNIT,
    "32": AGENCY, "39": AGENCY, "40": ARMY, "55": AGENCY, "56": AGENCY,
}  # fmt: skip
"""By 单位性质, for forms that name one."""

BY_FORM: Mapping[str, str] = {
    "unit_abroad": HOME,
    "freelance": AGENCY,
    "startup": AGENCY,
    "national_project": PROJECT,
    "local_project": PROJECT,
    "conscript": ARMY,
    "military_staff": ARMY,
    "study_domestic": SCHOOL,
    "study_abroad": HOME,
    "undecided": HOME,
}
"""By the form of the destination's type (:attr:`app.codes.destinations.DestinationType.form`)."""


def archive_hint(form_name: str | None, values: Mapping[str, Any]) -> str:
    """Where the archive of somebody with this destination usually goes; agreements have no form name."""
    return BY_FORM.get(form_name or "") or BY_NATURE.get(str(values.get("nature")), HOME)
