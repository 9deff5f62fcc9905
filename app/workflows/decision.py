"""What the desks do with filings (审核): decide, correct, take up what was left lying, mark as being read."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, text

from app.access import Actor, sees_filing
from app.db import table
from app.models import Filing, FilingState, Review, Verdict
from app.problems import DecidedByOther, Invalid, NotAllowed, NotClean, NotFound, NotNow, Problem
from app.schemas import form as forms
from app.sealing import Sealer
from app.workflows import proofs
from app.workflows.advance import Act, Addition, Move, advance
from app.workflows.filing import FILING, due, facts_of, replaced, subject_of
from app.workflows.filing_machine import DESKS, STAGE_OF, filing_machine
from app.workflows.filing_rows import as_row, claim_of, load, situation_of, stale, with_phone
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.repeats import done_before

REVIEW = table(Review)
HOLD = timedelta(minutes=10)
"""How long an opened item is marked as being read by someone."""
CONFIRMED_BY_PIN = "这件事由毕业生用操作码确认过，不能代为修改。内容不对的，请退回或不通过，由毕业生重新提交。"
NOBODY = {"holder_id": None, "held_until": None}


def decide(
    connection: Connection,
    actor: Actor,
    filing_id: uuid.UUID,
    verdict: Verdict,
    *,
    seen: int,
    reason: str | None = None,
    marks: Sequence[Mapping[str, str]] = (),
    note: str | None = None,
) -> None:
    """A desk's decision: the filing moves on, the review is recorded, and at the end the kind takes effect or fails.

    ``marks`` say field by field what is wrong, ``note`` what the office found out. Raises :class:`DecidedByOther` if
    another person was faster, :class:`NotNow` before one's turn or once the graduate took it back,
    :class:`~app.problems.Stale` if the text changed, :class:`Invalid` for a return or
    rejection without reason, or an approval without its note.
    """
    row = load(connection, actor, filing_id)
    if _decided_alike(connection, row, actor, verdict):
        return
    situation, stage = _before_me(connection, row, actor, verdict, seen)
    if verdict is not Verdict.APPROVE and not reason and not marks:
        raise Invalid.field("/reason", "请写明原因，毕业生会看到。")
    if verdict is Verdict.APPROVE and stage == row.stages[-1] and KINDS[row.kind].note and not note:
        raise Invalid.field("/note", f"请填写{KINDS[row.kind].note}。")
    review = {
        "filing_id": row.id,
        "round": row.round,
        "stage": stage,
        "verdict": verdict.value,
        "reason": reason,
        "marks": [dict(mark) for mark in marks],
        "note": note,
        "account_id": actor.id,
    }
    advance(connection, *_decision(connection, situation, stage, verdict, review))


def _before_me(
    connection: Connection, row: Row[Any], actor: Actor, verdict: Verdict, seen: int
) -> tuple[Situation, str]:
    """The situation and the level that decides; raises if it is not the actor's to decide, or changed since seen."""
    stage = STAGE_OF.get(row.state)
    if stage is None or DESKS[stage][1] is not actor.role:
        raise _not_this_desk(row, actor)
    situation = situation_of(row, actor, claim_of(connection, row.claim_id, row.graduate_id))
    filing_machine(row.machine).permit(verdict.value, situation)
    if row.version != seen:
        raise stale(connection, row, seen)
    return situation, stage


def approve_clean(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int, dry_run: bool) -> None:
    """通过 as one of many, which nobody looks at one by one: only what gives no cause for a closer look.

    Raises what :func:`decide` raises, and :class:`NotClean` for doubtful proofs, 代登记, a needed note or a colleague
    who reads it. With ``dry_run`` nothing is written.
    """
    row = load(connection, actor, filing_id)
    if _decided_alike(connection, row, actor, Verdict.APPROVE):
        return
    situation, stage = _before_me(connection, row, actor, Verdict.APPROVE, seen)
    KINDS[row.kind].require(situation, at_review=True)
    if (doubt := _doubt(connection, row, actor, stage)) is not None:
        raise NotClean(doubt)
    if not dry_run:
        decide(connection, actor, filing_id, Verdict.APPROVE, seen=seen)


_DOUBTS = text(f"SELECT {proofs.ALIKE} AS alike, {proofs.UNCLEAR} AS unclear FROM filing f WHERE f.id = :id")  # noqa: S608


def _doubt(connection: Connection, row: Row[Any], actor: Actor, stage: str) -> str | None:
    """Why this one wants a person's eyes."""
    found = connection.execute(_DOUBTS, {"id": row.id}).one()
    held = row.holder_id is not None and row.holder_id != actor.id and row.held_until > row.now
    doubts = (
        (found.alike, "材料与其他毕业生的相同或相似，请打开核对后再审。"),
        (found.unclear, "照片可能看不清，请打开核对后再审。"),
        (row.filed_by is not None, "由学校代登记，请打开核对后再审。"),
        (stage == row.stages[-1] and KINDS[row.kind].note, f"须填写{KINDS[row.kind].note}，请逐份审核。"),
        (held, "有老师正在审这份。"),
    )
    return next((said for applies, said in doubts if applies), None)


def _not_this_desk(row: Row[Any], actor: Actor) -> Problem:
    """Why somebody may not decide where the filing stands now."""
    mine = [stage for stage in row.stages if DESKS[stage][1] is actor.role]
    if not mine:
        return NotAllowed()
    if row.state in (FilingState.WITHDRAWN, FilingState.DRAFT, FilingState.VOIDED):
        return NotNow("毕业生已撤回，这份材料不用再审。", state=row.state)
    stage = STAGE_OF.get(row.state)
    if stage is not None and row.stages.index(mine[0]) > row.stages.index(stage):
        return NotNow("前一级还没有审核，现在还没有轮到你。", state=row.state)
    return DecidedByOther(state=row.state)


def _decision(
    connection: Connection, situation: Situation, stage: str, verdict: Verdict, review: Mapping[str, Any]
) -> tuple[Act, ...]:
    row, kind = situation.row, KINDS[situation.row.kind]
    last = stage == row.stages[-1]
    if verdict is Verdict.APPROVE:
        kind.require(situation, at_review=True)
    values: dict[str, Any] = {"stage_since": situation.now, **NOBODY}
    onward = verdict is Verdict.APPROVE and not last
    values["due_on"] = due(situation, row.review_days) if onward else None
    says = {Verdict.APPROVE: kind.words.approved, Verdict.REJECT: kind.words.rejected}.get(verdict)
    facts = facts_of(
        kind,
        row,
        situation.actor,
        stage=stage,
        reason=_reason(review),
        next=row.stages[row.stages.index(stage) + 1] if onward else None,
        says=None if onward else says,
    )
    if verdict is Verdict.RETURN:
        facts |= {"form": row.form, "variant": row.variant}  # what the next round is compared with
    move = Move(filing_machine(row.machine), FILING, verdict.value, situation, values, facts)
    acts: tuple[Act, ...] = (move, Addition(REVIEW, review))
    about = replaced(situation, row, kind, says or "")
    if verdict is Verdict.REJECT:
        return acts + kind.effects.fail(connection, about)
    if verdict is Verdict.RETURN:
        return acts + kind.effects.give_back(connection, about)
    return acts + (kind.effects.take_effect(connection, about) if last else ())


def _reason(review: Mapping[str, Any]) -> str | None:
    """The reason in one line, with what was said of single fields."""
    parts = [review["reason"], *(f"{mark['label']}：{mark['reason']}" for mark in review["marks"])]
    return "；".join(part.rstrip("。；") for part in parts if part) or None


def edit(
    connection: Connection,
    actor: Actor,
    filing_id: uuid.UUID,
    *,
    seen: int,
    variant: str | None,
    form: Mapping[str, Any],
    reason: str,
    sealer: Sealer,
) -> None:
    """代为修改 by the desk that has it: type and data; the graduate is shown what was before and what is now.

    Raises :class:`Invalid`, :class:`NotNow`, :class:`~app.problems.Stale`.
    """
    row = load(connection, actor, filing_id)
    kind = KINDS[row.kind]
    situation = situation_of(row, actor, claim_of(connection, row.claim_id, row.graduate_id))
    machine = filing_machine(row.machine)
    machine.permit("edit", situation)
    if kind.pin:
        raise NotNow(CONFIRMED_BY_PIN, state=row.state)
    if row.version != seen:
        raise stale(connection, row, seen)
    variant = kind.variant_of(variant, situation.around["claim"])
    if not set(kind.never_without(variant)) <= set(row.stages):
        raise NotNow("改成这一类型后还须经别的一级审核。请退回，由毕业生改选类型后重新提交。", state=row.state)
    schema = kind.editable(variant, situation.around["claim"])
    stored, errors = forms.load(schema, form, row.class_year)
    edited = situation_of(as_row(row, {"form": stored, "variant": variant}), actor, situation.around["claim"])
    kind.require(edited, at_review=True)
    if not errors:
        errors = kind.faults(with_phone(edited, sealer), stored)
    if errors:
        raise Invalid([{"pointer": f"/form{item['pointer']}", "detail": item["detail"]} for item in errors])
    changes = forms.differences(schema, row.form, stored, was=kind.form(row.variant))
    subject = subject_of(kind, row, stored, variant)
    if (before := subject_of(kind, row, row.form, row.variant)) != subject and variant != row.variant:
        changes = [{"key": "variant", "label": "类型", "before": before, "after": subject}, *changes]
    if not changes:
        return
    facts = facts_of(kind, row, actor, stage=STAGE_OF[row.state], reason=reason) | {"changes": changes}
    advance(
        connection,
        Move(machine, FILING, "edit", situation, {"variant": variant, "form": stored, "subject": subject}, facts),
    )


def take_up(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int) -> None:
    """接办: the next level takes what lies past 审核时限 at the level before; nothing is approved by it."""
    row = load(connection, actor, filing_id)
    situation = situation_of(row, actor)
    machine = filing_machine(row.machine)
    target = next((step.target for step in machine.steps if (step.source, step.action) == (row.state, "take_up")), "")
    if not target:
        mine = next((state for state, role in DESKS.values() if role is actor.role), "")
        if done_before(connection, row, "take_up", actor, mine):
            return
    step = machine.permit("take_up", situation)
    if STAGE_OF[row.state] in KINDS[row.kind].never_without(row.variant):
        raise NotNow("这一类型须每一级都审核，不能接办。请提醒下一级尽快审核。", state=row.state)
    if row.version != seen:
        raise stale(connection, row, seen)
    values = {"stage_since": situation.now, "due_on": due(situation, row.review_days), **NOBODY}
    facts = facts_of(KINDS[row.kind], row, actor, stage=STAGE_OF[row.state], next=STAGE_OF[step.target])
    advance(connection, Move(machine, FILING, "take_up", situation, values, facts))


def hold(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> Any:
    """Mark an item as being read, for ten minutes; returns until when, or raises :class:`NotFound`.

    A courtesy to colleagues: someone else's running mark is left alone and no decision depends on it.
    """
    mine_or_free = or_(Filing.held_until.is_(None), Filing.held_until < func.now(), Filing.holder_id == actor.id)
    desks = [state.value for state, role in DESKS.values() if role is actor.role]
    connection.execute(
        FILING.update()
        .where(Filing.id == filing_id, sees_filing(actor), Filing.state.in_(desks), mine_or_free)
        .values(holder_id=actor.id, held_until=func.now() + HOLD)
    )
    row = connection.execute(select(Filing.held_until).where(Filing.id == filing_id, sees_filing(actor))).one_or_none()
    if row is None:
        raise NotFound
    return row.held_until


def let_go(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> None:
    """Take one's own mark off."""
    connection.execute(
        FILING.update()
        .where(Filing.id == filing_id, Filing.holder_id == actor.id)
        .values(holder_id=None, held_until=None)
    )


def _decided_alike(connection: Connection, row: Row[Any], actor: Actor, verdict: Verdict) -> bool:
    """Whether this person already gave this verdict on this round, so that a second click is a success."""
    desks = [stage for stage, (_, role) in DESKS.items() if role is actor.role]
    same = select(Review.id).where(
        Review.filing_id == row.id,
        Review.round == row.round,
        Review.stage.in_(desks),
        Review.account_id == actor.id,
        Review.verdict == verdict.value,
    )
    return connection.execute(same).first() is not None
