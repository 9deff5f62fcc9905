"""Whatever breaks while messages flow: none is lost, none comes twice, and the end of each is explained."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos import plan
from tests.chaos.checker import Judgement, judge
from tests.chaos.crowd import Crowd
from tests.chaos.plan import Act
from tests.chaos.run import Chaos
from tests.chaos.system import System, running_system

SEED = int(os.environ.get("QX_CHAOS_SEED", "20260320"))


CONTROL = 150


def play(chaos: Chaos) -> Judgement:
    """A run and what is found after it; both are printed."""
    try:
        chaos.play()
    finally:
        print("\n".join(chaos.journal))
    found = judge(chaos.system.services, chaos.system.sandbox)
    print(report(chaos, found))
    return found


def chaos_on(system: System, messages: int, acts: list[Act]) -> Chaos:
    """A run of so many invitations that is ready to be played."""
    return Chaos(system, Crowd.gather(system.services, system.sandbox, messages, SEED), acts, SEED)


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
    chaos = chaos_on(system, messages, plan.draw(SEED, messages))
    found = play(chaos)
    if "QX_CHAOS" in os.environ:
        with capsys.disabled():
            print(report(chaos, found))
    # One in a thousand can be told of thousands only; of a few hundred, chance alone makes two or three now and then.
    assert found.complaints(unsure=max(4, messages // 1000)) == []
    assert found.repeats > 0, "no call was ever repeated: the run shows nothing"
    assert chaos.unused == [], "a fault that met no message shows nothing"
    assert system.stumbled() == []


@pytest.mark.parametrize(("careless_of", "finds_doubles"), [("ids", False), ("leases", True)])
def test_without_leases_two_senders_double_and_the_judge_sees_it(
    product_settings: dict[str, str], tmp_path: Path, careless_of: str, finds_doubles: bool
) -> None:
    """Nothing else breaks, and WeChat knows no repeat: leases alone keep two senders apart."""
    careless = running_system(
        product_settings | {"CARELESS_OF": careless_of},
        tmp_path,
        program="tests/chaos/careless_worker.py",
        durable=False,
        SANDBOX_ANSWER_DELAY="0.5",
    )
    with careless as system:
        found = play(chaos_on(system, CONTROL, []))
    assert bool(found.doubled) is finds_doubles
