"""A form that asks for nothing but the reason (原因)."""

from __future__ import annotations

from app.schemas import inputs
from app.schemas.form import Form, Section


class ReasonForm(Form):
    """Why something that stands is to end."""

    SECTIONS = (Section("why", "说明原因", ("reason",)),)

    reason = inputs.words("原因", 200, placeholder="例如 已被研究生录取，改为升学")
