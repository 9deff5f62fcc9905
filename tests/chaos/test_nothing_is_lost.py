"""Whatever breaks while messages flow: none is lost, none comes twice, and the end of each is explained."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos import plan
from tests.chaos.checker import Judgement, judge
from tests.chaos.crowd import Crowd
from tests.chaos.run import Chaos
from tests.chaos.system import System, running_system

SEED = int(os.environ.get("QX_CHAOS_SEED", "20260320"))


def play(system: System, messages: int, *, faults: bool = True) -> tuple[Chaos, Judgement]:
    """A run of so many invitations and what is found after it; both are printed."""
    crowd = Crowd.gather(system.services, system.sandbox, messages, SEED)
    chaos = Chaos(system, crowd, plan.draw(SEED, messages, faults=faults), SEED)
    try:
        chaos.play()
    finally:
        print("\n".join(chaos.journal))
    found = judge(system.services, system.sandbox)
    print(report(chaos, found))
    return chaos, found


def report(chaos: Chaos, found: Judgement) -> str:
    """Scale and outcome, for a person."""
    return "\n".join(
        [
            "",
            f"chaos: {len(chaos.crowd.people)} invitations, {found.messages} messages, seed {chaos.seed}, "
            f"{len(chaos.acts)} acts, {chaos.seconds / 60:.1f} minutes",
            plan.counted(chaos.acts),
            f"accepted by WeChat {found.accepted}, repeated to it {found.repeats}, lost {len(found.lost)}, "
            f"doubled {len(found.doubled)}, unsure {len(found.unsure)}",
            found.table(),
        ]
    )


def test_no_message_is_lost_or_doubled_whatever_breaks(
    system: System, messages: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chaos, found = play(system, messages)
    if "QX_CHAOS" in os.environ:
        with capsys.disabled():
            print(report(chaos, found))
    assert found.complaints(unsure=max(1, found.messages // 1000)) == []
    assert found.repeats > 0, "no call was ever repeated: the run shows nothing"
    assert chaos.unused == [], "a fault that met no message shows nothing"
    assert "Traceback" not in system.said()


def test_without_leases_the_checker_finds_doubles(product_settings: dict[str, str], tmp_path: Path) -> None:
    careless = running_system(
        product_settings, tmp_path, program="tests/chaos/careless_worker.py", SANDBOX_ANSWER_DELAY="0.1"
    )
    with careless as system:
        _, found = play(system, 100, faults=False)
    assert found.doubled != []
