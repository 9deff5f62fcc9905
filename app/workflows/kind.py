"""What a kind of filing (事项) is made of. A further kind is one more file in this folder and touches no other."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from app.access import REVIEWERS, Role
from app.models import ClaimState, Lane, ModuleName
from app.problems import Problem
from app.schemas.form import Form
from app.schemas.transfers import receiver_problems
from app.workflows.advance import Act
from app.workflows.filing_machine import Way
from app.workflows.guards import base_present
from app.workflows.machine import Guard, Situation

Effect = Callable[[Connection, Situation], tuple[Act, ...]]
"""Acts that go into the statement of the filing's own step, so that a decision and its effect are one moment. The
situation's row is the filing, ``around["claim"]`` the claim it is about."""


@dataclass(frozen=True)
class Item:
    """证明材料: what is to be uploaded. ``least`` 0 makes it optional."""

    key: str
    title: str
    hint: str
    least: int = 1
    most: int = 9


@dataclass(frozen=True)
class Words:
    """What the graduate is told when it is decided, and what the card says of it."""

    approved: str
    """a sentence: what holds now"""
    rejected: str
    """a sentence: what is lost and what can be done"""
    effective: str = "已生效"
    """the state of the card once approved"""


@dataclass(frozen=True)
class Begun:
    """What handing in brings about beside the filing's own step, and further columns of the filing."""

    acts: tuple[Act, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)


def nothing(connection: Connection, situation: Situation) -> tuple[Act, ...]:
    """No effect."""
    return ()


def begins_nothing(connection: Connection, situation: Situation) -> Begun:
    """Handing in changes the filing only."""
    return Begun()


@dataclass(frozen=True)
class Effects:
    """What a filing's steps bring about: handed in, given back (taken back or returned), rejected, approved at last."""

    hand_in: Callable[[Connection, Situation], Begun] = begins_nothing
    give_back: Effect = nothing
    fail: Effect = nothing
    take_effect: Effect = nothing


def _no_items(variant: str | None, form: Mapping[str, Any]) -> tuple[Item, ...]:
    return ()


def _no_checks(situation: Situation, form: Mapping[str, Any]) -> list[dict[str, str]]:
    return []


@dataclass(frozen=True)
class Kind:
    """A kind of filing (事项).

    ``form`` gives the schema of a variant, or raises :class:`app.problems.Invalid` where there is none of that name;
    ``items`` what is to be uploaded with it. ``guards`` are asked when it is begun and handed in, ``review_guards``
    again at every approval, as the world may have moved; ``checks`` look at form and graduate together. A kind with
    ``about`` is about the claim that stands, in one of these states (and opened by one of ``of_kinds``, if given).
    ``way`` may depend on the school's settings; ``locked`` names the fields its maker may not change now.
    ``levels`` overrules the school's setting; ``last_word`` is the level that ends every order of levels. With ``note``
    the last desk must write down what it found out. An empty ``subject`` is that of the claim it is about.
    """

    name: str
    title: str
    lane: Lane
    way: Way | Callable[[Situation], Way]
    words: Words
    form: Callable[[str | None], Form]
    subject: Callable[[Mapping[str, Any], str | None], str]
    """the other party or the type, as cards show it, from form and variant"""
    effects: Effects = field(default_factory=Effects)
    items: Callable[[str | None, Mapping[str, Any]], tuple[Item, ...]] = _no_items
    checks: Callable[[Situation, Mapping[str, Any]], list[dict[str, str]]] = _no_checks
    prefill: Callable[[Situation, str | None], dict[str, Any]] = lambda situation, variant: {}
    follows: Callable[[Situation, dict[str, Any]], dict[str, Any]] = lambda situation, typed: typed
    """the form as typed with what an answer brings with it; the situation's row still has the form before"""
    locked: Callable[[Situation, Mapping[str, Any]], tuple[str, ...]] = lambda situation, form: ()
    narrow: Callable[[str | None, Mapping[str, Any]], Form] | None = None
    """where only a part of the form may be filled in: the form of a variant beside the data of the claim it is about"""
    voidable: bool = False
    """whether its graduate may void (作废) the destination it brought about"""
    module: ModuleName | None = None
    by: tuple[Role, ...] = (Role.GRADUATE, *REVIEWERS)
    about: tuple[ClaimState, ...] = ()
    of_kinds: frozenset[str] = frozenset()
    guards: tuple[Guard, ...] = ()
    review_guards: tuple[Guard, ...] = (base_present,)
    steps_before: tuple[str, ...] = ("填写提交",)
    steps_after: tuple[str, ...] = ("生效",)
    """what the thin line of steps shows around the levels"""
    levels: tuple[str, ...] | None = None
    last_word: str | None = None
    never_without: Callable[[str | None], tuple[str, ...]] = lambda variant: ()
    """the levels a variant must pass whatever the school has set"""
    note: str | None = None
    pin: bool = False
    explained: str = ""
    """for whom it is, in a sentence"""
    asked: Callable[[Situation], str | None] = lambda situation: None
    """what the graduate is to do with it now, in a sentence; instead of ``explained``"""
    reject_reasons: tuple[str, ...] = ()
    return_reasons: tuple[str, ...] = ()

    def faults(self, situation: Situation, form: Mapping[str, Any]) -> list[dict[str, str]]:
        """What is wrong with a form beside its graduate: the kind's own checks, and that whoever receives the archive
        is neither the graduate nor family, in whatever form it is asked."""
        wrong = self.checks(situation, form)
        if form.get("archive_receiver"):
            around, at = situation.around, "/archive_receiver"
            receiver = form["archive_receiver"]
            wrong = wrong + receiver_problems(receiver, around["graduate_name"], around["own_phone"](), at)
        return wrong

    def way_in(self, situation: Situation) -> Way:
        """How it is reviewed in this situation."""
        return self.way if isinstance(self.way, Way) else self.way(situation)

    def variant_of(self, asked: str | None, claim: Any) -> str | None:
        """The variant, beside the claim it is about: what fills in a part of its data is of its type."""
        if self.narrow is None or claim is None:
            return asked
        found: str | None = claim["variant"] if isinstance(claim, Mapping) else claim.variant
        return found

    def editable(self, variant: str | None, claim: Any) -> Form:
        """The form as it may be filled in, beside the claim it is about, if any."""
        if self.narrow is None or claim is None:
            return self.form(variant)
        data = claim["form"] if isinstance(claim, Mapping) else claim.form
        return self.narrow(self.variant_of(variant, claim), data)

    def obstacle(self, situation: Situation, *, at_review: bool = False) -> Problem | None:
        """The first guard that stands in the way, if any."""
        guards = self.review_guards if at_review else self.guards
        problems = (guard.refusal(situation) for guard in guards)
        return next((problem for problem in problems if problem is not None), None)

    def require(self, situation: Situation, *, at_review: bool = False) -> None:
        """Raises the obstacle."""
        if (problem := self.obstacle(situation, at_review=at_review)) is not None:
            raise problem
