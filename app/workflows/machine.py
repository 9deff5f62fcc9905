"""State machines as data: steps in a table, checked when it is made, drawn from itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from app.access import Actor, Role
from app.problems import NotAllowed, NotNow, Problem

NOTHING = ""
"""The source of a step that brings a row into being."""


@dataclass(frozen=True)
class Situation:
    """All that guards may look at: the row as read, who acts, the database's clock, what else the workflow found."""

    row: Any
    actor: Actor
    now: datetime
    around: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Guard:
    """A condition on a step.

    ``refusal`` explains; ``sql`` repeats it inside the UPDATE, where time or rivals could pass between reading and
    writing.
    """

    name: str
    refusal: Callable[[Situation], Problem | None]
    sql: str | None = None


@dataclass(frozen=True)
class Step:
    """One row of a machine: who may take the state where, under which guards, and what is then told.

    ``then`` says what the step brings about elsewhere, whoever takes it: given the act, it answers with that act
    (perhaps with further facts) and the acts that go into the same statement.
    """

    action: str
    source: str
    target: str
    by: tuple[Role, ...]
    event: str
    label: str
    guards: tuple[Guard, ...] = ()
    then: Callable[[Connection, Any], tuple[Any, ...]] | None = None


@dataclass(frozen=True)
class Possibility:
    """An action as clients see it: possible, or not and why."""

    action: str
    label: str
    possible: bool
    reason: str | None = None


class BrokenMachine(Exception):
    """The table contradicts itself; raised when it is imported, never later."""


class Machine:
    """A named table of steps from ``start`` to ``ends``.

    Raises :class:`BrokenMachine` for two steps of one (state, action), a state that cannot be reached, or one that is
    not an end and leads nowhere.
    """

    def __init__(
        self,
        name: str,
        *,
        start: str,
        ends: Iterable[str],
        steps: Iterable[Step],
        title: str = "",
        column: str = "state",
        refusals: Mapping[str, str] | None = None,
    ) -> None:
        self.name, self.start, self.ends, self.steps, self.title = name, start, frozenset(ends), tuple(steps), title
        self.column = column
        """where the state is kept"""
        self.refusals = dict(refusals or {})
        """what to say to whoever wants a step that the state no longer allows"""
        self._by_key = {(step.source, step.action): step for step in self.steps}
        self.states = tuple(dict.fromkeys(s for step in self.steps for s in (step.source, step.target) if s != NOTHING))
        if len(self._by_key) != len(self.steps):
            raise BrokenMachine(f"{name}: two steps for one state and action")
        self._check_reach()

    def _check_reach(self) -> None:
        reached, frontier = {self.start}, [self.start]
        while frontier:
            here = frontier.pop()
            for step in self.steps:
                if step.source == here and step.target not in reached:
                    reached.add(step.target)
                    frontier.append(step.target)
        if unreached := set(self.states) - reached:
            raise BrokenMachine(f"{self.name}: cannot be reached: {sorted(unreached)}")
        leads_on = {step.source for step in self.steps}
        if dead := set(self.states) - leads_on - self.ends:
            raise BrokenMachine(f"{self.name}: a dead end: {sorted(dead)}")
        if unknown := self.ends - set(self.states):
            raise BrokenMachine(f"{self.name}: ends that are no states: {sorted(unknown)}")

    def step(self, state: str, action: str) -> Step:
        """The step, or :class:`NotNow` with the state that stands in the way."""
        found = self._by_key.get((state, action))
        if found is None:
            raise self.not_now(state)
        return found

    def not_now(self, state: str) -> NotNow:
        """The refusal of a step that this state does not allow."""
        return NotNow(self.refusals.get(state), state=state)

    def state_of(self, row: Any) -> str:
        """The state of a row as it was read."""
        return str(getattr(row, self.column))

    def opening(self, action: str) -> Step:
        """The step that brings a row into being."""
        return self.step(NOTHING, action)

    def permit(self, action: str, situation: Situation) -> Step:
        """The step if it may be taken now; raises the problem that says why not."""
        step = self.step(self.state_of(situation.row), action)
        if situation.actor.role not in step.by:
            raise NotAllowed
        for guard in step.guards:
            if (problem := guard.refusal(situation)) is not None:
                raise problem
        return step

    def allowed(self, situation: Situation) -> list[Possibility]:
        """What this actor could do with this row: each possible, or with the reason why not."""
        found = []
        for step in self.steps:
            if step.source != self.state_of(situation.row) or situation.actor.role not in step.by:
                continue
            problems = (guard.refusal(situation) for guard in step.guards)
            problem = next((item for item in problems if item is not None), None)
            found.append(Possibility(step.action, step.label, problem is None, problem.detail if problem else None))
        return found

    def legal_steps(self) -> list[dict[str, str]]:
        """The rows of ``legal_step``."""
        return [
            {"machine": self.name, "action": step.action, "source": step.source, "target": step.target}
            for step in self.steps
        ]
