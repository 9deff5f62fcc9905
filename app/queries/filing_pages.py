"""One filing as its graduate and the offices read it: form, proofs, what happened, what is wrong, what can be done."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import Connection, Row, text

from app import clock
from app.access import REVIEWERS, Actor, Role
from app.codes import standing
from app.models import FilingState, Lane
from app.models.columns import in_states
from app.models.filing import AT_DESKS, EDITABLE
from app.problems import NotFound
from app.queries import Fields, cards, uploads
from app.queries.agreements import READABLE
from app.queries.history import filing_history
from app.schemas import form as forms
from app.sealing import Sealer
from app.settings import Settings
from app.workflows import decision, filing, filing_rows, proofs, voiding
from app.workflows.filing_machine import filing_machine
from app.workflows.kind import Kind
from app.workflows.kinds import KINDS
from app.workflows.machine import Possibility, Situation

FOLLOWING = f"""(SELECT json_build_array(n.kind, n.state) FROM filing n
        WHERE n.graduate_id = f.graduate_id AND n.lane = '{Lane.CLAIM.value}' AND n.{in_states(*AT_DESKS)}
            AND n.claim_id = f.claim_id AND n.id <> f.id)"""  # noqa: S608  (only constants)
"""What is under review about the claim of a ``filing f``."""
# All of one moment and in one statement: what is shown, and what the possible actions are judged by.
_ONE = text(f"""
    SELECT f.*, {filing_rows.PERSON}, g.student_no, g.major, g.degree, g.graduates_on, g.id_number, g.phone,
        co.name AS college_name, s.contact, fb.name AS filed_by_name, h.name AS holder_name,
        (SELECT to_json(c) FROM claim c WHERE c.id = f.claim_id) AS claim,
        (SELECT array_agg(r.account_id) FROM review r WHERE r.filing_id = f.id AND r.round = f.round) AS deciders,
        (SELECT r.stage FROM review r WHERE r.filing_id = f.id AND r.verdict = 'reject') AS rejected_by,
        (SELECT to_json(r) FROM (SELECT r.reason, r.marks, r.verdict, r.decided_at, r.stage FROM review r
            WHERE r.filing_id = f.id AND r.verdict IN ('return', 'reject')
            ORDER BY r.id DESC LIMIT 1) r) AS remark,
        (SELECT coalesce(json_agg({uploads.AS_JSON}), '[]') FROM upload u
            WHERE u.filing_id = f.id AND u.kept_at IS NOT NULL) AS uploads,
        ({uploads.LIKENESSES.format(which="mine.filing_id = f.id")}) AS near,
        EXISTS (SELECT FROM document d WHERE d.subject = f.claim_id) AS printed, {FOLLOWING} AS following,
        (SELECT coalesce(json_agg(line ORDER BY line.id DESC), '[]') FROM (
            SELECT e.id, e.name, e.at, e.facts, e.actor_role, coalesce(a.name, '') AS actor, a.title AS actor_title,
                ac.name AS college
            FROM event e LEFT JOIN account a ON a.id = e.actor_id LEFT JOIN college ac ON ac.id = a.college_id
            WHERE e.subject IN (SELECT f.id UNION ALL SELECT f.claim_id
                UNION ALL SELECT c.invitation_id FROM claim c WHERE c.id = f.claim_id
                UNION ALL SELECT t.id FROM termination t WHERE t.claim_id = f.claim_id)
            ORDER BY e.id DESC LIMIT 100) line) AS events
    FROM filing f JOIN graduate g ON g.id = f.graduate_id JOIN school s ON s.id = f.school_id
        JOIN college co ON co.id = f.college_id LEFT JOIN account fb ON fb.id = f.filed_by
        LEFT JOIN account h ON h.id = f.holder_id AND f.held_until > now()
    WHERE f.id = :id AND (f.graduate_id = :graduate OR (f.school_id = :school
        AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)
        AND (f.state <> 'draft' OR f.filed_by = :account)))
""")  # noqa: S608  (only constants)


def read(connection: Connection, actor: Actor, filing_id: uuid.UUID) -> Row[Any]:
    """The filing's row with all of its page; :class:`NotFound` for whoever may not see it."""
    row = connection.execute(_ONE, {"id": filing_id, **filing_rows.scope(actor)}).one_or_none()
    if row is None:
        raise NotFound
    return row


def situation(row: Any, actor: Actor) -> Situation:
    """What guards see of the row."""
    claim: Any = SimpleNamespace(**row.claim) if row.claim is not None else None
    return filing_rows.situation_of(row, actor, claim)


def page(settings: Settings, row: Any, actor: Actor, holder: uuid.UUID) -> dict[str, Any]:
    """What both sides read of a filing. ``holder`` is to whom the links to the proofs are given."""
    kind = KINDS[row.kind]
    around = situation(row, actor)
    schema = kind.form(row.variant)
    claim = row.claim or {}
    return {
        "id": row.id,
        "kind": row.kind,
        "kind_name": kind.title,
        "lane": row.lane,
        "class_year": row.class_year,
        "variant": row.variant,
        "version": row.version,
        "state": row.state,
        "round": row.round,
        "title": row.subject,
        "steps": standing.filing_steps(
            row.state, kind.steps_before, row.stages, kind.steps_after, row.rejected_by, claim.get("state")
        ),
        "form": forms.lines(schema, _standing(row, claim)),
        "proofs": _proofs(settings, row, actor, holder),
        "remark": _remark(row.remark),
        "changes": _changes(row.events),
        "history": filing_history(row.events, actor.role is Role.GRADUATE),
        "filed_by": row.filed_by_name,
        "claim": _claim(claim, printed=row.printed) if claim else None,
        "contact": row.contact,
        "actions": [_action(item, kind) for item in filing_machine(row.machine).allowed(around)],
        "submitted_at": cards.moment(row.submitted_at),
    }


def _action(item: Possibility, kind: Kind) -> dict[str, Any]:
    """What can be done; what was confirmed by PIN is corrected by nobody."""
    if item.action == "edit" and kind.pin:
        return vars(replace(item, possible=False, reason=decision.CONFIRMED_BY_PIN))
    return vars(item)


def _claim(claim: Fields, *, printed: bool) -> dict[str, Any]:
    """``printed``: there is an agreement on paper to be downloaded."""
    found = {name: claim[name] for name in ("id", "version", "state")}
    return found | {"number": claim["agreement_number"], "printed": printed and claim["state"] in READABLE}


def _following(found: Sequence[str] | None) -> tuple[str, str] | None:
    """The title of the kind and the state of what is under review about the claim."""
    return (KINDS[found[0]].title, found[1]) if found else None


def _standing(row: Any, claim: Fields) -> Fields:
    """The data as they stand: of a destination with what was completed since it was approved."""
    opened = row.lane == Lane.DESTINATION and row.state == FilingState.APPROVED
    found: Fields = claim["form"] if opened and claim.get("form") else row.form
    return found


def own(settings: Settings, row: Any, actor: Actor) -> dict[str, Any]:
    """The page of the graduate whose filing it is."""
    found = page(settings, row, actor, actor.id or uuid.UUID(int=0))
    claim = (row.claim or {}).get("state")
    strip = standing.filing_turn(row.state, claim, KINDS[row.kind].words.effective, _following(row.following))
    found["turn"] = turn(strip, row)
    found["actions"] = [item for item in found["actions"] if item["action"] != "withdraw"] + _withdrawal(row, found)
    voidable = row.state == "approved" and KINDS[row.kind].voidable and claim == "effective"
    if voidable and actor.role is Role.GRADUATE:
        found["actions"].append(_voiding(row, actor))
    return found


def _voiding(row: Any, actor: Actor) -> dict[str, Any]:
    """作废, or why it takes a review."""
    problem = voiding.obstacle(situation(row, actor), (row.following or (None,))[0])
    reason = problem.detail if problem is not None else None
    return {"action": "void", "label": "作废", "possible": problem is None, "reason": reason}


def _withdrawal(row: Any, found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """撤回修改, or why it is too late for it."""
    if not KINDS[row.kind].by:
        return []  # both parties stand by it; each has a page of its own for that
    offered = [item for item in found["actions"] if item["action"] == "withdraw"]
    if offered or row.state.removesuffix("_review") not in standing.DESK_NAMES:
        return offered
    reason = "已有一级审核通过，不能再撤回。请等审核结束。"
    return [{"action": "withdraw", "label": "撤回修改", "possible": False, "reason": reason}]


def turn(strip: standing.Turn, row: Any, note: str = "最晚 {day}") -> dict[str, Any]:
    """The turn strip of a filing."""
    since = row["stage_since"] if isinstance(row, Mapping) else row.stage_since
    due = row["due_on"] if isinstance(row, Mapping) else row.due_on
    if isinstance(due, str):
        due = date.fromisoformat(due)
    return {
        "who": strip.who,
        "text": strip.text,
        "until": None,
        "since": cards.moment(since) if strip.aged else None,
        "note": note.format(day=f"{due.month}月{due.day}日") if due and strip.aged else None,
    }


def editor(row: Any, actor: Actor, sealer: Sealer) -> dict[str, Any]:
    """What a client needs to draw the form: steps and fields, values, what is wrong still, what is to be uploaded."""
    kind = KINDS[row.kind]
    schema = kind.editable(row.variant, row.claim)
    files = proofs.there(row.files, {item["id"] for item in row.uploads})
    around = filing_rows.with_phone(situation(filing_rows.as_row(row, {"files": files}), actor), sealer)
    _, wrong = filing.problems(around)
    obstacle = kind.obstacle(around)
    return {
        "sections": forms.describe(schema, row.class_year),
        "values": row.form,
        "files": files,
        "items": [vars(item) for item in kind.items(row.variant, row.form)],
        "locked": list(kind.locked(around, row.form)),
        "problems": wrong,
        "obstacle": obstacle.detail if obstacle is not None else None,
        "pin": kind.pin,
        "saved_at": cards.moment(row.saved_at),
    }


def _proofs(settings: Settings, row: Any, actor: Actor, holder: uuid.UUID) -> list[dict[str, Any]]:
    """``[{key, title, uploads}]`` in the order they were chosen. To offices each says who handed in the same; what a
    graduate has not handed in is not theirs to see, unless they file for that graduate."""
    near = actor.role in REVIEWERS
    handed_in_only = near and row.filed_by != actor.id
    shown = [item for item in row.uploads if item["submitted_at"] or not handed_in_only]
    linked = uploads.links(settings, [uploads.from_json(item) for item in shown], holder)
    alike = uploads.near(row.near) if near else {}
    by_id = {str(item["id"]): item | ({"near": alike.get(str(item["id"]), [])} if near else {}) for item in linked}
    titles = {item.key: item.title for item in KINDS[row.kind].items(row.variant, row.form)}
    return [
        {"key": key, "title": titles.get(key, "证明材料"), "uploads": [by_id[i] for i in ids if i in by_id]}
        for key, ids in row.files.items()
    ]


def _remark(remark: Fields | None) -> dict[str, Any] | None:
    """Why it was returned or rejected last."""
    if remark is None:
        return None
    return {
        "verdict": remark["verdict"],
        "desk": standing.DESK_NAMES[remark["stage"]],
        "reason": remark["reason"],
        "marks": remark["marks"],
        "at": clock.rfc3339(datetime.fromisoformat(remark["decided_at"])),
    }


def _changes(events: list[Fields]) -> list[dict[str, Any]]:
    """What an office changed, newest first: ``[{at, by, reason, changes}]``."""
    return [
        {
            "at": clock.rfc3339(datetime.fromisoformat(line["at"])),
            "by": line["actor"],
            "reason": line["facts"].get("reason"),
            "changes": line["facts"]["changes"],
        }
        for line in events
        if line["name"] == "filing.edited" and line["facts"].get("changes")
    ]


CARD = f"""
    f.id, f.kind, f.state, f.stages, f.subject, f.stage_since, f.due_on, f.opened_at, c.state AS claim_state,
    (SELECT r.stage FROM review r WHERE r.filing_id = f.id AND r.verdict = 'reject') AS rejected_by,
    {FOLLOWING} AS following
"""  # noqa: S608  (only constants)
"""What :func:`card` reads, of the tables that follow."""
UNDER_WAY = "f." + in_states(*EDITABLE, *AT_DESKS)
"""Whether a ``filing f`` still has to come to an end."""
CARD_TABLES = "filing f LEFT JOIN claim c ON c.id = f.claim_id"
_LISTED = f"""
    SELECT {CARD}, f.graduate_id, g.name AS graduate_name FROM {CARD_TABLES} JOIN graduate g ON g.id = f.graduate_id
    WHERE {{whose}} AND c.invitation_id IS NULL AND f.state <> 'voided'
        AND (CAST(:lane AS text) IS NULL OR f.lane = :lane)
    ORDER BY f.opened_at DESC LIMIT 100
"""  # noqa: S608  (only constants)
_MINE = text(_LISTED.format(whose="f.graduate_id = :graduate"))
# 代登记: what one began for others and has not handed in, or was given back.
_FILED_FOR_OTHERS = text(
    _LISTED.format(
        whose="""f.school_id = :school AND (CAST(:college AS integer) IS NULL OR f.college_id = :college)
            AND f.state IN ('draft', 'returned') AND f.filed_by = :account"""
    )
)


def mine(connection: Connection, actor: Actor, lane: str | None) -> list[dict[str, Any]]:
    """A graduate's own filings as cards, newest first; what came of an invitation is listed there. For an office what
    it files on behalf of graduates and has still to hand in, each with the graduate's name."""
    asked = {**filing_rows.scope(actor), "lane": lane}
    if actor.role in REVIEWERS:
        rows = connection.execute(_FILED_FOR_OTHERS, asked).mappings()
        return [card(row) | {"graduate": row["graduate_name"], "graduate_id": row["graduate_id"]} for row in rows]
    return [card(row) for row in connection.execute(_MINE, asked).mappings()]


def card(row: Fields) -> dict[str, Any]:
    """A filing as lists show it."""
    kind = KINDS[row["kind"]]
    strip = standing.filing_turn(row["state"], row["claim_state"], kind.words.effective, _following(row["following"]))
    labels = {"draft": "继续填写", "returned": "去修改"}
    if strip.who == "mine" and row["claim_state"] in standing.CLAIM_ACTIONS:
        labels["approved"] = standing.CLAIM_ACTIONS[row["claim_state"]]
    return {
        "id": row["id"],
        "kind": row["kind"],
        "state": row["state"],
        "title": row["subject"] or kind.title,
        "line": kind.title,
        "turn": turn(strip, row),
        "steps": standing.filing_steps(
            row["state"], kind.steps_before, row["stages"], kind.steps_after, row["rejected_by"], row["claim_state"]
        ),
        "main_action": {"label": labels[row["state"]]} if row["state"] in labels else None,
        "href": f"/filings/{row['id']}",
    }


def offered(row: Any, actor: Actor) -> list[dict[str, Any]]:
    """What the graduate of :func:`filing_rows.person` could begin now: each kind possible, or with the reason why
    not."""
    held = row.standing
    claim: Any = SimpleNamespace(**held) if held is not None else None
    alone, about = filing_rows.situation_of(row, actor), filing_rows.situation_of(row, actor, claim)
    return [_offer(kind, about if kind.about else alone, held) for kind in KINDS.values() if actor.role in kind.by]


def _offer(kind: Kind, around: Situation, held: Fields | None) -> dict[str, Any]:
    problem = _obstacle(kind, around, held)
    return {
        "kind": kind.name,
        "title": kind.title,
        "lane": kind.lane,
        "explained": (kind.asked(around) if problem is None else None) or kind.explained,
        "about_claim": bool(kind.about),
        "possible": problem is None,
        "reason": problem,
    }


def _obstacle(kind: Kind, around: Situation, held: Fields | None) -> str | None:
    if kind.about and (
        held is None or held["state"] not in kind.about or (kind.of_kinds and held["kind"] not in kind.of_kinds)
    ):
        return "现在没有可以办理这件事的去向。"
    problem = kind.obstacle(around)
    return problem.detail if problem is not None else None
