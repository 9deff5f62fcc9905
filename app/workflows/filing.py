"""Filings (申报) on their maker's side: kept as a draft, handed in, taken back, discarded. One mechanism for all kinds.

What the desks do with them is :mod:`app.workflows.decision`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from marshmallow import ValidationError
from sqlalchemy import Connection, Row, select, text

from app import clock, workdays
from app.access import REVIEWERS, Actor, Role
from app.db import table
from app.models import Claim, ClaimState, Filing, FilingState
from app.models.filing import EDITABLE
from app.problems import Invalid, NotAllowed, NotFound, NotNow
from app.schemas import form as forms
from app.schemas.pointers import pointers
from app.sealing import Sealer
from app.uploads import attaching
from app.workflows import proofs
from app.workflows.advance import Move, Opening, advance
from app.workflows.claim_machine import CLAIM
from app.workflows.filing_machine import DESKS, filing_machine, review_machine
from app.workflows.filing_rows import as_row, claim_of, load, person, situation_of, stale, with_phone
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from app.workflows.machine import Situation
from app.workflows.repeats import done_before

FILING = table(Filing)
_BEGUN_BY = text("SELECT actor_role FROM event WHERE subject = :id ORDER BY version LIMIT 1")


def kind_named(name: str) -> Kind:
    """The kind; raises :class:`NotFound`."""
    if name not in KINDS:
        raise NotFound("没有这种事项。")
    return KINDS[name]


def levels_for(kind: Kind, settings: Mapping[str, list[str]], variant: str | None = None) -> tuple[str, ...]:
    """审核级别 of a kind: its own, else the school's setting for it, else the school's for the rest; and those that
    the variant must pass whatever is set."""
    found = {*(kind.levels or settings.get(kind.name) or settings["*"]), *kind.never_without(variant)}
    levels = tuple(stage for stage in DESKS if stage in found)
    return levels if kind.last_word in (None, levels[-1]) else (*levels, kind.last_word)


def subject_of(kind: Kind, row: Any, form: Mapping[str, Any], variant: str | None) -> str:
    """The other party or the type; of a filing about a claim whose form does not say it, that of the claim."""
    return kind.subject(form, variant) or str(row.subject)


def due(situation: Situation, review_days: int) -> Any:
    """审核时限 of a desk that gets a filing now."""
    return workdays.after(clock.beijing(situation.now).date(), review_days)


def facts_of(kind: Kind, row: Any, actor: Actor, **more: Any) -> dict[str, Any]:
    """What an event about a filing tells those who hear of it."""
    facts = {"kind": kind.name, "what": kind.title, "round": row.round, "by": actor.name}
    facts["subject"] = subject_of(kind, row, row.form, row.variant)
    if actor.role in REVIEWERS and row.state in EDITABLE:
        facts["on_behalf"] = True
    if actor.role is Role.LINK:
        facts["by_link"] = True
    return {**facts, **{name: value for name, value in more.items() if value is not None}}


def opening(
    kind: Kind, situation: Situation, *, claim_id: uuid.UUID, form: Mapping[str, Any], subject: str = ""
) -> Opening:
    """The act that puts a filing both parties agreed on upon its first desk. The row carries the graduate's college and
    the school's settings. Where the school acts for a party, another person decides."""
    row = situation.row
    kind.require(situation)
    levels = levels_for(kind, row.stages)
    machine = review_machine(kind.way_in(situation), levels)
    values = {
        "id": uuid.uuid4(),
        "school_id": row.school_id,
        "class_year": row.class_year,
        "college_id": row.college_id,
        "graduate_id": row.graduate_id,
        "claim_id": claim_id,
        "kind": kind.name,
        "lane": kind.lane,
        "machine": machine.name,
        "stages": list(levels),
        "form": dict(form),
        "subject": subject or kind.subject(form, None),
        "filed_by": situation.actor.id if situation.actor.role in REVIEWERS else None,
        "due_on": due(situation, row.review_days),
    }
    facts = {"kind": kind.name, "what": kind.title, "stage": levels[0], "subject": values["subject"]}
    return Opening(machine, FILING, "submit", situation.actor, values, facts)


# Drafts


def draft(
    connection: Connection,
    actor: Actor,
    graduate_id: uuid.UUID,
    kind: Kind,
    *,
    variant: str | None = None,
    claim_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """暂存: a draft with what is known filled in; returns its id. A draft of the kind that is there already is given
    again.

    Raises :class:`NotAllowed` for who may not file the kind, and what its guards raise; holding nothing, a draft may be
    begun while another filing is under review unless the kind says otherwise.
    """
    if actor.role not in kind.by:
        raise NotAllowed
    row = person(connection, actor, graduate_id)
    claim = _about(connection, kind, row, claim_id)
    variant = kind.variant_of(variant, claim)
    situation = situation_of(row, actor, claim)
    kind.require(situation)
    if (found := _left(connection, actor, graduate_id, kind, variant, claim)) is not None:
        return found
    kind.editable(variant, claim)
    opened = _opened(kind, situation, variant)
    advance(connection, opened)
    return uuid.UUID(str(opened.values["id"]))


def _opened(kind: Kind, situation: Situation, variant: str | None) -> Opening:
    """The draft with what is known filled in."""
    row, actor, claim = situation.row, situation.actor, situation.around["claim"]
    levels = levels_for(kind, row.level_settings, variant)
    machine = review_machine(kind.way_in(situation), levels)
    prefilled = kind.prefill(situation, variant)
    values = {
        "id": uuid.uuid4(),
        "school_id": row.school_id,
        "class_year": row.class_year,
        "college_id": row.college_id,
        "graduate_id": row.graduate_id,
        "claim_id": claim.id if claim is not None else None,
        "kind": kind.name,
        "lane": kind.lane,
        "variant": variant,
        "machine": machine.name,
        "stages": list(levels),
        "form": prefilled,
        "subject": kind.subject(prefilled, variant) or (claim.title if claim is not None else ""),
        "filed_by": actor.id if actor.role in REVIEWERS else None,
        "submitted_at": None,
    }
    return Opening(machine, FILING, "draft", actor, values, {"kind": kind.name, "what": kind.title})


def _left(
    connection: Connection,
    actor: Actor,
    graduate_id: uuid.UUID,
    kind: Kind,
    variant: str | None,
    claim: Row[Any] | None,
) -> uuid.UUID | None:
    """The draft of the kind that is there already, if any; what it was about being gone, it serves what stands now."""
    there = select(Filing.id).where(
        Filing.graduate_id == graduate_id, Filing.kind == kind.name, Filing.state == FilingState.DRAFT
    )
    if (found := connection.scalar(there)) is None:
        return None
    left = load(connection, actor, found, drafts=True)
    if actor.role in REVIEWERS and left.filed_by != actor.id:
        raise NotNow("毕业生有一份没有提交的草稿。要替他接着填，请在这位毕业生的申报里点「代修改」。", state=left.state)
    if claim is not None and left.claim_id != claim.id:
        renewed = {"claim_id": claim.id, "variant": variant, "subject": claim.title, "version": Filing.version + 1}
        connection.execute(FILING.update().where(Filing.id == found, Filing.state == left.state).values(renewed))
    return uuid.UUID(str(found))


def _about(connection: Connection, kind: Kind, row: Row[Any], claim_id: uuid.UUID | None) -> Row[Any] | None:
    """The claim that a filing of this kind is about: the one that holds the lane."""
    if not kind.about:
        return None
    held = row.held
    if held is None or (claim_id is not None and str(claim_id) != held["id"]):
        raise NotNow("没有可以办理这件事的去向。")
    return _fitting(kind, claim_of(connection, uuid.UUID(held["id"]), row.graduate_id))


def _fitting(kind: Kind, claim: Row[Any] | None) -> Row[Any]:
    if claim is None or (kind.of_kinds and claim.kind not in kind.of_kinds):
        raise NotNow(f"这份去向不能办理「{kind.title}」。")
    if claim.state not in kind.about:
        raise CLAIM.not_now(claim.state)
    return claim


def _of_filer(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> Row[Any]:
    """The filing of whoever made it. The desks read and correct others' (:mod:`app.workflows.decision`), but keep, hand
    in and take back only what they filed themselves (代登记); else :class:`NotFound`."""
    row = load(connection, actor, filing_id)
    if actor.role in REVIEWERS and row.filed_by != actor.id:
        raise NotFound
    return row


def save(
    connection: Connection,
    actor: Actor,
    filing_id: uuid.UUID,
    *,
    seen: int,
    variant: str | None,
    form: Mapping[str, Any],
    files: Mapping[str, list[str]],
) -> None:
    """Keep what has been typed so far, right or wrong. Raises :class:`Invalid` for what no form could hold,
    :class:`NotNow` once it is handed in, :class:`~app.problems.Stale`."""
    row = _of_filer(connection, actor, filing_id)
    if row.state not in EDITABLE:
        raise filing_machine(row.machine).not_now(row.state)
    kind, claim = KINDS[row.kind], claim_of(connection, row.claim_id, row.graduate_id)
    variant = kind.variant_of(variant, claim)
    schema = kind.editable(variant, claim)
    try:
        typed = forms.as_typed(schema, {name: value for name, value in form.items() if name in schema.fields})
    except ValidationError as error:
        raise Invalid([_under_form(item) for item in pointers(error.messages)]) from None
    typed = kind.follows(situation_of(row, actor, claim), typed)
    chosen = proofs.chosen(connection, row, files)
    written = connection.execute(
        FILING.update()
        .where(Filing.id == row.id, Filing.version == seen, Filing.state == row.state)
        .values(
            variant=variant,
            form=typed,
            files=chosen,
            subject=subject_of(kind, row, typed, variant)[:200],
            saved_at=row.now,
            version=Filing.version + 1,
        )
    )
    if written.rowcount != 1:
        raise stale(connection, row, seen)


def _under_form(error: Mapping[str, str]) -> dict[str, str]:
    return {"pointer": f"/form{error['pointer']}", "detail": error["detail"]}


def problems(situation: Situation) -> tuple[dict[str, Any], list[dict[str, str]]]:
    """``(form as stored, everything that stands in the way of handing it in)``, each ``{pointer, detail}``. The
    situation is one with the graduate's own phone (:func:`~app.workflows.filing_rows.with_phone`)."""
    row, kind = situation.row, KINDS[situation.row.kind]
    schema = kind.editable(row.variant, situation.around["claim"])
    stored, errors = forms.load(schema, row.form, row.class_year)
    found = [_under_form(item) for item in errors]
    if not errors:
        found += [_under_form(item) for item in kind.faults(situation, stored)]
    return stored, found + proofs.missing(kind.items(row.variant, stored), row.files)


# Handed in, taken back, given up


def submit(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int, sealer: Sealer) -> None:
    """提交: the form is checked, the levels are frozen, the lane is taken; all in one statement.

    Raises :class:`Invalid` with every fault, :class:`~app.problems.LaneHeld`, :class:`NotNow`,
    :class:`~app.problems.Stale`.
    """
    row = _of_filer(connection, actor, filing_id)
    first = DESKS[row.stages[0]][0]
    if done_before(connection, row, "submit", actor, first):
        return
    kind = KINDS[row.kind]
    claim = claim_of(connection, row.claim_id, row.graduate_id)
    situation = situation_of(row, actor, claim)
    levels = levels_for(kind, row.level_settings, row.variant)
    machine = review_machine(kind.way_in(situation), levels)
    step = machine.permit("submit", situation)
    kind.require(situation)
    if kind.about:
        _fitting(kind, claim)
    if row.version != seen:
        raise stale(connection, row, seen)
    handed_in = {str(upload) for upload in attaching.hand_in(connection, row.id)}
    files = proofs.there(row.files, handed_in)
    stored, wrong = problems(with_phone(replace(situation, row=as_row(row, {"files": files})), sealer))
    if wrong:
        raise Invalid(wrong)
    values: dict[str, Any] = {
        "machine": machine.name,
        "stages": list(levels),
        "college_id": row.present_college,
        "form": stored,
        "files": files,
        "subject": subject_of(kind, row, stored, row.variant),
        "round": row.round + (row.state == FilingState.RETURNED),
        "filed_by": actor.id if actor.role in REVIEWERS else None,
        "submitted_at": situation.now,
        "stage_since": situation.now,
        "due_on": due(situation, row.review_days),
    }
    filed = as_row(row, values)
    begun = kind.effects.hand_in(connection, replaced(situation, filed, kind))
    facts = facts_of(kind, row, actor, stage=levels[0])
    move = Move(machine, FILING, step.action, situation, {**values, **begun.values}, facts)
    advance(connection, *begun.acts, move)


def replaced(situation: Situation, filed: Any, kind: Kind, says: str = "") -> Situation:
    """The situation with the filing as it will be, for the effects of its kind."""
    around = {**situation.around, "subject": subject_of(kind, filed, filed.form, filed.variant), "says": says}
    return Situation(filed, situation.actor, situation.now, around)


def undecided(state: str, stages: Any) -> bool:
    """Whether the filing still lies on its first desk."""
    return bool(state == DESKS[stages[0]][0])


def withdrawal(situation: Situation) -> Move:
    """The act that takes a filing back before any decision; raises :class:`NotNow` once a desk has decided."""
    if not undecided(situation.row.state, situation.row.stages):
        raise NotNow("已有一级审核通过，不能再撤回。请等审核结束。", state=situation.row.state)
    return Move(filing_machine(situation.row.machine), FILING, "withdraw", situation)


def withdraw(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int) -> None:
    """撤回修改: back to a draft while nobody has reviewed it; what it held is free again."""
    row = _of_filer(connection, actor, filing_id)
    if done_before(connection, row, "withdraw", actor, FilingState.DRAFT):
        return
    situation = situation_of(row, actor, claim_of(connection, row.claim_id, row.graduate_id))
    machine, kind = filing_machine(row.machine), KINDS[row.kind]
    if not kind.by:
        raise NotNow("这份材料经双方确认，不能由一方撤回。签约请在邀请页撤回应约，解约请联系学校。", state=row.state)
    if row.state in [state for state, _ in DESKS.values()] and not undecided(row.state, row.stages):
        raise NotNow("已有一级审核通过，不能再撤回。请等审核结束。", state=row.state)
    machine.permit("withdraw", situation)
    if row.version != seen:
        raise stale(connection, row, seen)
    values = {"stage_since": situation.now, "due_on": None, "holder_id": None, "held_until": None}
    values["filed_by"] = (
        row.filed_by if actor.role in REVIEWERS else None
    )  # taken back by the graduate: no longer 代登记
    facts = facts_of(kind, row, actor)
    effects = kind.effects.give_back(connection, situation)
    attaching.take_back(connection, row.id)
    advance(connection, Move(machine, FILING, "withdraw", situation, values, facts), *effects)


def discard(connection: Connection, actor: Actor, filing_id: uuid.UUID, *, seen: int) -> None:
    """删除草稿, or give up one that was returned."""
    row = _of_filer(connection, actor, filing_id)
    if done_before(connection, row, "discard", actor, FilingState.VOIDED):
        return
    situation = situation_of(row, actor)
    machine = filing_machine(row.machine)
    machine.permit("discard", situation)
    if actor.role in REVIEWERS and connection.scalar(_BEGUN_BY, {"id": row.id}) == Role.GRADUATE:
        raise NotNow("这份是毕业生本人开始填的，学校可以代修改，删除或放弃由本人决定。", state=row.state)
    if row.version != seen:
        raise stale(connection, row, seen)
    advance(connection, Move(machine, FILING, "discard", situation, {}, facts_of(KINDS[row.kind], row, actor)))
    attaching.let_go(connection, row.id)


def of_invitation(connection: Connection, invitation_id: uuid.UUID) -> tuple[Row[Any] | None, Row[Any] | None]:
    """The claim in review that came of an invitation, and its filing."""
    claim = connection.execute(
        select(Claim).where(Claim.invitation_id == invitation_id, Claim.state == ClaimState.IN_REVIEW)
    ).one_or_none()
    if claim is None:
        return None, None
    paper = connection.execute(
        select(Filing).where(Filing.claim_id == claim.id).order_by(Filing.submitted_at.desc()).limit(1)
    ).one_or_none()
    return claim, paper


def can_withdraw(row: Any, actor: Actor) -> bool:
    """Whether the actor may take the filing back now."""
    return actor.role is Role.GRADUATE and undecided(row.state, row.stages)
