"""户口信息登记: where it goes after graduation (guide, chapter 6.1)."""

from __future__ import annotations

from app.workflows import transfers
from app.workflows.transfer_rows import HUKOU

HUKOU_REGISTRATION = transfers.registration(
    HUKOU,
    name="hukou_registration",
    explained="户口迁入过学校的，登记毕业后户口迁到哪里。",
)
KINDS = (HUKOU_REGISTRATION,)
