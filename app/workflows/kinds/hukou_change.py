"""户口信息修改: the old data stay valid until the change is approved (guide, chapter 6.2)."""

from __future__ import annotations

from app.workflows import transfers
from app.workflows.transfer_rows import HUKOU

HUKOU_CHANGE = transfers.change(
    HUKOU,
    name="hukou_change",
    explained="户口迁往地址有变化时修改。审核通过以前，原来登记的仍然有效。",
)
KINDS = (HUKOU_CHANGE,)
