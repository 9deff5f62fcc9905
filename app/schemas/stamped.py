"""What is said with a stamped agreement (盖章回传), and with the wish to give a generated one up (作废协议书)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.form import Form, Section


class StampedForm(Form):
    """The pictures say it all; a note may be added."""

    SECTIONS = (
        Section(
            "stamped",
            "盖章回传",
            ("note",),
            "单位盖章、双方签字的协议书，每一页都拍清楚。也可以邀请单位协助回传，谁先提交以谁的为准。",
        ),
    )

    note = inputs.words("说明", 200, required=False, placeholder="没有要说明的就留空")


class VoidForm(Form):
    """Why the agreement is not to be signed any more."""

    SECTIONS = (
        Section("why", "作废协议书", ("reason",), "作废后协议编号失效，已下载的协议书不能再用。要经学校确认。"),
    )

    reason = inputs.words("作废原因", 200, placeholder="例如 单位取消录用")
