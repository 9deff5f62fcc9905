"""Who may see and do what: roles, the actor of a request, and data scopes as conditions over rows."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from app.models import Employer, Filing, Graduate, Invitation, Upload

View = TypeVar("View", bound=Callable[..., Any])


class Role(StrEnum):
    """In which capacity someone acts."""

    GRADUATE = "graduate"
    """毕业生"""
    EMPLOYER = "employer"
    """用人单位"""
    COUNSELLOR = "counsellor"
    """辅导员"""
    COLLEGE = "college"
    """学院审核"""
    SCHOOL = "school"
    """学校审核"""
    LINK = "link"
    """协助回传链接: whoever holds the one-time link an employer was sent; without an account"""
    CLOCK = "clock"
    """时钟: nobody's hand, the deadline itself"""


REVIEWERS = (Role.COUNSELLOR, Role.COLLEGE, Role.SCHOOL)


@dataclass(frozen=True)
class Actor:
    """Who acts. The ids beside the role are the scope: own graduate row, own employer, own college, own school."""

    role: Role
    id: uuid.UUID | None = None
    name: str = ""
    graduate_id: uuid.UUID | None = None
    employer_id: uuid.UUID | None = None
    school_id: int | None = None
    college_id: int | None = None
    request_id: str = "clock"


CLOCK = Actor(Role.CLOCK)


def policy(*roles: Role) -> Callable[[View], View]:
    """Mark a view with the roles it is for; a test demands the mark on every route."""

    def mark(view: View) -> View:
        view.policy = roles  # type: ignore[attr-defined]
        return view

    return mark


def open_to_all(view: View) -> View:
    """Mark a view as needing no log-in; the list of these is kept in a test."""
    view.policy = ()  # type: ignore[attr-defined]
    return view


def sees_invitation(actor: Actor) -> ColumnElement[bool]:
    """A graduate sees those to oneself, an employer its own; offices read filings, not invitations."""
    match actor.role:
        case Role.GRADUATE:
            return Invitation.graduate_id == actor.graduate_id
        case Role.EMPLOYER:
            return Invitation.employer_id == actor.employer_id
    return false()


def sees_filing(actor: Actor) -> ColumnElement[bool]:
    """A graduate sees one's own; a college its graduates', a school all of its own."""
    match actor.role:
        case Role.GRADUATE:
            return Filing.graduate_id == actor.graduate_id
        case Role.COLLEGE | Role.COUNSELLOR:
            return and_(Filing.school_id == actor.school_id, Filing.college_id == actor.college_id, _handed_in(actor))
        case Role.SCHOOL:
            return and_(Filing.school_id == actor.school_id, _handed_in(actor))
    return false()


def _handed_in(actor: Actor) -> ColumnElement[bool]:
    """A draft is its maker's."""
    return or_(Filing.state != "draft", Filing.filed_by == actor.id)


def sees_graduate(actor: Actor) -> ColumnElement[bool]:
    """Oneself; a college its own, a school all of its own. Employers find a graduate by exact name and number only."""
    match actor.role:
        case Role.GRADUATE:
            return Graduate.id == actor.graduate_id
        case Role.COLLEGE | Role.COUNSELLOR:
            return and_(Graduate.school_id == actor.school_id, Graduate.college_id == actor.college_id)
        case Role.SCHOOL:
            return Graduate.school_id == actor.school_id
    return false()


def sees_employer(actor: Actor) -> ColumnElement[bool]:
    """An employer sees itself; offices see all, since any may appear in a filing."""
    if actor.role is Role.EMPLOYER:
        return Employer.id == actor.employer_id
    return true() if actor.role in REVIEWERS else false()


def sees_upload(actor: Actor) -> ColumnElement[bool]:
    """A graduate sees what is for one's own filings; an office of that graduate what was handed in, or its own."""
    if actor.role is Role.GRADUATE:
        return and_(Upload.kept_at.is_not(None), Upload.graduate_id == actor.graduate_id)
    if actor.role not in REVIEWERS:
        return false()
    scope = and_(
        Upload.kept_at.is_not(None),
        Upload.school_id == actor.school_id,
        or_(Upload.submitted_at.is_not(None), Upload.account_id == actor.id),
    )
    if actor.role is Role.SCHOOL:
        return scope
    own = select(Graduate.id).where(Graduate.id == Upload.graduate_id, Graduate.college_id == actor.college_id)
    return and_(scope, own.exists())
