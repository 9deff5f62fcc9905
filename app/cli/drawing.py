"""State machines as mermaid diagrams, in the words people read."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Mapping
from enum import StrEnum
from functools import cache

from app.access import REVIEWERS, Role
from app.workflows.machine import NOTHING, Machine, Step

_OFFICES = frozenset(REVIEWERS)


@cache
def words_of(kind: type[StrEnum]) -> Mapping[str, str]:
    """Value → the Chinese term that stands beneath it in the source, up to its first explanation."""
    (declared,) = ast.parse(inspect.getsource(kind)).body
    assert isinstance(declared, ast.ClassDef)
    found = {}
    for member, beneath in zip(declared.body, declared.body[1:], strict=False):
        match member, beneath:
            case ast.Assign(value=ast.Constant(value=str(value))), ast.Expr(value=ast.Constant(value=str(term))):
                found[value] = term.partition(":")[0].partition(" ")[0]
    return found


def diagram(machine: Machine) -> str:
    """The machine as a mermaid state diagram; guards stand in the table beside it."""
    terms = {str(state): words_of(type(state))[state] for state in machine.states if isinstance(state, StrEnum)}
    lines = ["stateDiagram-v2", *(f'    state "{term}" as {state}' for state, term in terms.items())]
    for step in machine.steps:
        source = "[*]" if step.source == NOTHING else step.source
        lines.append(f"    {source} --> {step.target}: {step.label}（{_who(step)}）")
    lines.extend(f"    {end} --> [*]" for end in sorted(machine.ends))
    return "\n".join(lines)


def _who(step: Step) -> str:
    """Whose step it is; all levels of the school are said at once."""
    by = list(step.by)
    offices = ["学校各级"] if set(by) >= _OFFICES else []
    named = [words_of(Role)[role] for role in by if not (offices and role in _OFFICES)]
    return "、".join(named + offices)
