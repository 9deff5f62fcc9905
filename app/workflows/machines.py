"""Every machine of the product in one place to read; the database's ``legal_step`` is seeded from :data:`ALL`."""

from __future__ import annotations

from app.access import Role
from app.models import InvitationState
from app.workflows import filing_machine
from app.workflows.claim_machine import CLAIM
from app.workflows.confirmation_machine import CONFIRMATION
from app.workflows.error_report_machine import ERROR_REPORT
from app.workflows.guards import base_confirmed, free_to_sign, in_time, nothing_accepted, overdue
from app.workflows.machine import NOTHING, Machine, Step
from app.workflows.roster_machine import BASE_DATA
from app.workflows.termination_machine import TERMINATION
from app.workflows.transfer_machine import TRANSFER

_I = InvitationState

INVITATION = Machine(
    "invitation",
    title="签约邀请",
    start=_I.PENDING,
    ends=(_I.ACCEPTED, _I.REFUSED, _I.WITHDRAWN, _I.EXPIRED),
    refusals={
        _I.PENDING: "毕业生还没有答复这份邀请。",
        _I.ACCEPTED: "毕业生已经接受这份邀请，不能再改。",
        _I.REFUSED: "毕业生已经拒绝这份邀请。",
        _I.WITHDRAWN: "单位已经撤回这份邀请。",
        _I.EXPIRED: "这份邀请已过截止时间失效，可以请单位重新发起。",
    },
    steps=(
        Step("send", NOTHING, _I.PENDING, (Role.EMPLOYER,), "invitation.sent", "发出邀请"),
        Step(
            "accept",
            _I.PENDING,
            _I.ACCEPTED,
            (Role.GRADUATE,),
            "invitation.accepted",
            "接受",
            (in_time, base_confirmed, free_to_sign, nothing_accepted),
        ),
        Step(
            "refuse",
            _I.PENDING,
            _I.REFUSED,
            (Role.GRADUATE,),
            "invitation.refused",
            "拒绝",
            (in_time, base_confirmed, nothing_accepted),
        ),
        Step("withdraw", _I.PENDING, _I.WITHDRAWN, (Role.EMPLOYER,), "invitation.withdrawn", "撤回邀请", (in_time,)),
        Step("extend", _I.PENDING, _I.PENDING, (Role.EMPLOYER,), "invitation.extended", "延长截止时间", (in_time,)),
        Step("expire", _I.PENDING, _I.EXPIRED, (Role.CLOCK,), "invitation.expired", "到期失效", (overdue,)),
        Step("take_back", _I.ACCEPTED, _I.PENDING, (Role.GRADUATE,), "invitation.taken_back", "撤回应约", (in_time,)),
        Step("lapse", _I.ACCEPTED, _I.EXPIRED, (Role.GRADUATE,), "invitation.lapsed", "撤回应约", (overdue,)),
    ),
)

ALL: tuple[Machine, ...] = (
    BASE_DATA,
    INVITATION,
    CLAIM,
    TERMINATION,
    TRANSFER,
    CONFIRMATION,
    ERROR_REPORT,
    *filing_machine.ALL,
)
NAMED = {machine.name: machine for machine in ALL}
"""Every machine by the name its events carry."""
