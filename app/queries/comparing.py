"""What a desk compares a filing with: the round before, and what is registered now."""

from __future__ import annotations

from typing import Any

from app.models.filing import AT_DESKS
from app.schemas import form as forms
from app.workflows.kinds import KINDS


def compared(row: Any) -> list[dict[str, Any]]:
    """``[{title, changes}]`` of a row of a filing's page while a desk has it; nothing where nothing differs."""
    if row.state not in AT_DESKS:
        return []
    found = [("退回后本人改了", _since_return(row)), ("与现在登记的相比", _against_what_holds(row))]
    return [{"title": title, "changes": changes} for title, changes in found if changes]


def _since_return(row: Any) -> list[dict[str, str]]:
    """Against the form as it was returned last."""
    kind = KINDS[row.kind]
    returned = next((one["facts"] for one in row.events if one["name"] == "filing.returned"), None)
    if row.round == 1 or returned is None or "form" not in returned:
        return []
    return forms.differences(kind.form(row.variant), returned["form"], row.form, was=kind.form(returned.get("variant")))


def _against_what_holds(row: Any) -> list[dict[str, str]]:
    """Against the archive or hukou that is registered, or the destination that is completed."""
    kind = KINDS[row.kind]
    if (record := row.transfers.get(row.lane)) is not None and record["state"] != "lapsed":
        return forms.differences(kind.form(row.variant), record["form"], row.form)
    if kind.narrow is not None and row.claim is not None:
        part = kind.editable(row.variant, row.claim)
        return forms.differences(part, row.claim["form"], row.form)
    return []
