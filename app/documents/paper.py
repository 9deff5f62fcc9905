"""The agreement that is printed, signed and stamped on paper (线下签约): its wording and look (guide, chapter 4.3)."""

from __future__ import annotations

from app.documents.agreement import Look
from app.documents.clauses import ENDING, Manner

MANNER = Manner(
    ending=(
        "本协议生效后，双方协商一致可以解除：由甲方出具解约函，乙方向学校提出解约申请，经学校审核通过后，本协议自审核通过之时解除。",
        *ENDING[1:],
    ),
    effect=(
        "本协议由甲方盖章、乙方签字，签字盖章的文本回传平台并经学校审核通过后生效。学校的审核是对毕业生信息和签约资格的核对，"
        "不构成对任何一方履约能力的担保。",
        "本协议文本由平台按乙方填报、经学校审核的内容生成，甲、乙双方签字盖章前应当核对全部内容。在文本上涂改、增删的，回传审核不予通过；"
        "需要变更的，应当重新申请。",
        "平台在电子文本上的数字签名只用于证明文件由平台出具且出具后未被改动，不代替甲、乙双方的签字和盖章。",
    ),
)
LOOK = Look(
    edition="线下签约",
    label="待签字盖章",
    level=(
        "签署方式：纸质签字、盖章。本件由平台生成，双方签字盖章并经学校审核通过后才生效，在此之前不产生效力。"
        "平台的数字签名只证明文件由平台出具且未被改动，不是双方的签署。"
    ),
    signatures=(
        ("甲方（用人单位公章）", ("法定代表人或授权代表签字：", "日期：        年      月      日")),
        ("乙方（毕业生）", ("本人签字：", "日期：        年      月      日")),
    ),
)
