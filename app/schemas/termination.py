"""解约 (guide, chapters 4.2 and 4.5): why. Starter, unit and number are shown beside it, not filled in."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from app.schemas import inputs
from app.schemas.form import Form, Section

OTHER = "other"


class TerminationForm(Form):
    """The same for both sides and for both ways; offline, the 解约函 comes as an upload."""

    SECTIONS = (Section("why", "解约", ("reason", "note"), "先和对方商量好再提交。学校审核通过后解约才生效。"),)

    reason = inputs.code("解约原因", "termination_reason")
    note = inputs.words("解约说明", 200, required=False, hint="选「其他」时必填")

    @validates_schema
    def check_note(self, data: dict[str, Any], **kwargs: Any) -> None:
        """其他 says nothing by itself."""
        if data["reason"] == OTHER and not data.get("note"):
            raise ValidationError({"note": ["选了「其他」，请写明解约的原因。"]})
