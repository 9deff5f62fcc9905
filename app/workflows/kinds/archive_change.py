"""档案信息修改: the old data stay valid until the change is approved (guide, chapter 5.2)."""

from __future__ import annotations

from app.workflows import transfers
from app.workflows.transfer_rows import ARCHIVE

ARCHIVE_CHANGE = transfers.change(
    ARCHIVE,
    name="archive_change",
    explained="档案接收单位有变化时修改。审核通过以前，原来登记的仍然有效。",
)
KINDS = (ARCHIVE_CHANGE,)
