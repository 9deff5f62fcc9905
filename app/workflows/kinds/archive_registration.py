"""档案信息登记: where it goes after graduation (guide, chapter 5.1)."""

from __future__ import annotations

from app.workflows import transfers
from app.workflows.transfer_rows import ARCHIVE

ARCHIVE_REGISTRATION = transfers.registration(
    ARCHIVE,
    name="archive_registration",
    explained="登记毕业后档案转到哪里。去向里已经写明并通过审核的，会自动带过来，不用再填。",
)
KINDS = (ARCHIVE_REGISTRATION,)
