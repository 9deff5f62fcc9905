"""档案信息登记与修改, 户口信息登记与修改 (guide, chapters 5 and 6): what their four kinds share, and 核对无误."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, func, select

from app.access import Actor
from app.codes import hints
from app.codes.directory import Office
from app.models import FilingState, Graduate, Transfer, TransferSource, TransferState
from app.problems import Invalid, NotFound, NotNow, Problem, Stale
from app.schemas import transfers as forms
from app.schemas.form import Form
from app.schemas.receivers import HOME
from app.workflows import transfer_rows
from app.workflows.advance import Act, advance
from app.workflows.filing_machine import Way
from app.workflows.guards import base_in_order, base_present, module_open
from app.workflows.kind import Effects, Item, Kind, Words
from app.workflows.machine import Guard, Situation
from app.workflows.repeats import done_before
from app.workflows.transfer_machine import TRANSFER
from app.workflows.transfer_rows import ARCHIVE, HUKOU, Matter

BACK_HOME = "home"
"""The variant that begins with 转回生源地 filled in."""


def _record(situation: Situation, matter: Matter) -> Any:
    """What is registered and not lapsed, else None."""
    found = (situation.around.get("transfers") or {}).get(matter.lane)
    return SimpleNamespace(**found) if found is not None and found["state"] != TransferState.LAPSED else None


def _office(situation: Situation) -> Office | None:
    return transfer_rows.office_of(situation.around.get("office"))


def _hukou_moved(situation: Situation) -> Problem | None:
    moved = situation.around["hukou_moved"]
    if moved is True:
        return None
    if moved is None:
        return NotNow("学校没有登记你的户口是否迁入学校，按没有迁入办理。已经迁入的，请联系学校就业部门更正。")
    return NotNow("你的户口没有迁入学校，不用登记户口信息。学校登记有误的，请联系学校就业部门更正。")


hukou_moved = Guard("hukou_moved", _hukou_moved)
"""户口 moved to the school; 「--」 counts as not."""


def _nothing_registered(matter: Matter) -> Guard:
    def refusal(situation: Situation) -> Problem | None:
        if _record(situation, matter) is None:
            return None
        return NotNow(f"{matter.title}已经登记。要变更，请办理「{matter.title}修改」。")

    return Guard("nothing_registered", refusal)


def _registered(matter: Matter) -> Guard:
    def refusal(situation: Situation) -> Problem | None:
        if _record(situation, matter) is not None:
            return None
        return NotNow(f"还没有登记{matter.title}，请先办理「{matter.title}登记」。")

    return Guard("registered", refusal)


def _way(situation: Situation) -> Way:
    """登记 unless the school returns these for correction; what was returned is handed in again as it was."""
    returned = getattr(situation.row, "state", None) == FilingState.RETURNED
    return Way.FORM if situation.around.get("return_transfers") or returned else Way.ENTRY


def _form(matter: Matter) -> Callable[[str | None], Form]:
    def form(variant: str | None) -> Form:
        if variant not in (None, BACK_HOME):
            raise Invalid.field("/variant", "没有这种选项。")
        return matter.form()

    return form


def back_home(matter: Matter, office: Office | None) -> dict[str, Any]:
    """转回生源地: what is known of it."""
    return forms.of_origin(office) if matter is ARCHIVE and office is not None else {"transfer": HOME}


def _prefill(matter: Matter) -> Callable[[Situation, str | None], dict[str, Any]]:
    def prefill(situation: Situation, variant: str | None) -> dict[str, Any]:
        if variant == BACK_HOME:
            return back_home(matter, _office(situation))
        record = _record(situation, matter)
        return dict(record.form) if record is not None else {}

    return prefill


def _archive_follows(situation: Situation, typed: dict[str, Any]) -> dict[str, Any]:
    """转回生源地 brings the directory's office with it, and takes it away again; what was typed meanwhile stays."""
    office = _office(situation)
    if office is None:
        return typed
    form, told = situation.row.form, forms.of_origin(office)
    before, now = form.get("transfer"), typed.get("transfer")
    if now == HOME and before != HOME:
        kept = {name for name, value in typed.items() if value not in (None, form.get(name))}
        return typed | {name: value for name, value in told.items() if value is not None and name not in kept}
    if before == HOME and now != HOME:
        return {name: None if value == told.get(name) else value for name, value in typed.items()}
    return typed


def _archive_checks(situation: Situation, form: Mapping[str, Any]) -> list[dict[str, str]]:
    """The receiver is nobody's family; 转回生源地 goes where the directory says."""
    wrong = forms.receiver_problems(form, situation.around["graduate_name"], situation.around["own_phone"]())
    return wrong + forms.lock_problems(form, _office(situation))


def _archive_items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return (Item("receipt", "调档函或接收证明", "单位或机构出具的调档函、接收证明；没有可以不传。", least=0),)


def _hukou_items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return (Item("proof", "接收证明", "单位集体户的接收证明，或家庭户口簿；没有可以不传。", least=0),)


def _source(row: Any) -> TransferSource:
    return TransferSource.SCHOOL if row.filed_by is not None else TransferSource.FILED


def _register(matter: Matter) -> Callable[[Connection, Situation], tuple[Act, ...]]:
    def take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
        row, source = situation.row, _source(situation.row)
        lapsed = situation.around["transfers"].get(matter.lane)
        if lapsed is None:
            return (transfer_rows.registration(matter, row, situation.actor, row.form, source),)
        return (_rewritten(SimpleNamespace(**lapsed), "register", situation),)

    return take_effect


def _change(matter: Matter) -> Callable[[Connection, Situation], tuple[Act, ...]]:
    def take_effect(connection: Connection, situation: Situation) -> tuple[Act, ...]:
        return (_rewritten(_record(situation, matter), "change", situation),)

    return take_effect


def _rewritten(record: Any, action: str, situation: Situation) -> Act:
    row, source = situation.row, _source(situation.row)
    values = {"form": dict(row.form), "source": source, "claim_id": None, "checked_at": situation.now}
    if action == "register":
        values["registered_at"] = situation.now
    return transfer_rows.moved(record, action, situation, values, source=source)


_REJECT_REASONS = ("接收单位不能接收，请先与对方确认。", "填写的接收信息与证明不一致，请核对后重新提交。")
_RETURN_REASONS = ("接收地址不完整，请写到门牌号。", "接收单位名称不是全称，请核对。", "联系电话无法接通，请核对。")


def _kind(matter: Matter, action: str, **told: Any) -> Kind:
    own = (hukou_moved,) if matter is HUKOU else ()
    return Kind(
        lane=matter.lane,
        way=_way,
        form=_form(matter),
        subject=lambda form, variant: matter.subject(form) or matter.title,
        items=_archive_items if matter is ARCHIVE else _hukou_items,
        checks=_archive_checks if matter is ARCHIVE else lambda situation, form: [],
        locked=(lambda situation, form: forms.locked_fields(form, _office(situation)))
        if matter is ARCHIVE
        else (lambda situation, form: ()),
        prefill=_prefill(matter),
        follows=_archive_follows if matter is ARCHIVE else lambda situation, typed: typed,
        module=matter.module,
        guards=(module_open(matter.module), base_in_order, *own, told.pop("standing")),
        review_guards=(base_present, *own),
        steps_after=("登记完成" if action == "register" else "修改完成",),
        return_reasons=_RETURN_REASONS,
        reject_reasons=_REJECT_REASONS,
        **told,
    )


def registration(matter: Matter, *, name: str, explained: str) -> Kind:
    """The kind that registers what nothing is registered of."""
    return _kind(
        matter,
        "register",
        name=name,
        title=f"{matter.title}登记",
        words=Words(f"{matter.title}已登记。", "这次登记作废，请按原因改好后重新登记。", "已登记"),
        effects=Effects(take_effect=_register(matter)),
        standing=_nothing_registered(matter),
        explained=explained,
    )


def change(matter: Matter, *, name: str, explained: str) -> Kind:
    """The kind that changes what is registered; the old data stay valid until it is approved."""
    return _kind(
        matter,
        "change",
        name=name,
        title=f"{matter.title}修改",
        words=Words(
            f"{matter.title}已按新内容生效。", "这次修改作废，原来登记的仍然有效。可以重新提交修改。", "修改成功"
        ),
        effects=Effects(take_effect=_change(matter)),
        standing=_registered(matter),
        explained=explained,
    )


def keep(connection: Connection, actor: Actor, matter: Matter, *, seen: int) -> None:
    """核对无误: what was copied from a destination that has ended is right all the same; it is the graduate's word now.

    Raises :class:`NotFound`, :class:`NotNow`, :class:`~app.problems.Stale`.
    """
    query = (
        select(Transfer, Graduate.base_state, func.clock_timestamp().label("now"))
        .join(Graduate, Graduate.id == Transfer.graduate_id)
        .where(Transfer.graduate_id == actor.graduate_id, Transfer.lane == matter.lane)
    )
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"还没有登记{matter.title}。")
    if done_before(connection, row, "keep", actor, TransferState.ACTIVE):
        return
    situation = Situation(row, actor, row.now, {"base_state": row.base_state})
    TRANSFER.permit("keep", situation)
    if row.version != seen:
        raise Stale
    values = {"claim_id": None, "source": TransferSource.FILED, "checked_at": row.now}
    advance(connection, transfer_rows.moved(row, "keep", situation, values))


def advice(matter: Matter, claim: Mapping[str, Any] | None, form_name: str | None) -> tuple[str, ...]:
    """Sentences on where it may go, by the destination that stands."""
    if matter is HUKOU:
        return ("户口迁往单位集体户的，先问单位能不能落户；转回生源地的，写家庭户籍地址。",)
    if claim is None:
        return (hints.HOME, hints.CARRIED)
    return (hints.archive_hint(form_name, claim["form"]), hints.CARRIED)
