"""``make demo`` against the whole system: one of every kind of filing, by new people each time it is played."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from app.cli import sample
from app.cli.__main__ import main
from app.cli.demo_clients import StoryStopped
from app.cli.demo_play import require_every_kind
from app.cli.demo_scenes import PARTS
from app.models import Filing, FilingState, Upload
from app.services import Services
from app.settings import Settings
from app.workflows.kinds import KINDS
from tests.browser.conftest import Running
from tests.support import assert_invariants

ROSTER = 600
"""Of the sample; enough for both plays."""
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("browser")]


@pytest.fixture
def kept(system: Running) -> Iterator[Services]:
    services = Services.build(Settings.from_environment(system.environment))
    yield services
    services.close()


def run(system: Running, command: str) -> str:
    result = CliRunner(env=system.environment).invoke(main, ["demo", command], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_the_demo_plays_one_of_every_kind_to_its_end_again_and_again(
    system: Running, kept: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample.write, "__defaults__", (ROSTER,))
    run(system, "load")
    approved = select(Filing.kind, Filing.graduate_id).where(Filing.state == FilingState.APPROVED)
    with kept.db.reading() as connection:
        before = {row.graduate_id for row in connection.execute(approved)}
    for times in (1, 2):
        said = run(system, "play")
        assert f"{len(KINDS)} 种事项都办到了底" in said
        assert said.count("用 student") >= len(PARTS), "whom to sign in as"
        with kept.db.reading() as connection:
            rows = [row for row in connection.execute(approved) if row.graduate_id not in before]
        assert {row.kind for row in rows} == set(KINDS)
        assert len({row.graduate_id for row in rows}) == times * len(PARTS), "new people play each time"
    with kept.db.reading() as connection:
        doubted = connection.scalar(select(func.count()).where(func.cardinality(Upload.warnings) > 0))
        waiting = connection.scalar(select(func.count()).where(Filing.state == FilingState.RETURNED))
    assert (doubted, waiting) == (0, 0), "photos are good ones, and nobody is left halfway"
    assert_invariants(kept)


def test_a_kind_that_no_scene_plays_stops_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    played = set(KINDS)
    require_every_kind(played)
    further = replace(next(iter(KINDS.values())), name="commuting", title="走读登记")
    monkeypatch.setitem(KINDS, further.name, further)
    with pytest.raises(StoryStopped, match="走读登记"):
        require_every_kind(played)
