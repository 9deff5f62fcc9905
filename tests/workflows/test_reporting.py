"""上报: batches of approved destinations, their sheet, transfer numbers, and whom they ask to confirm."""

from __future__ import annotations

import hashlib
import io
import uuid
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import pytest
from click.testing import CliRunner
from openpyxl import load_workbook
from sqlalchemy import Connection, Row, select, text, update

from app import clock
from app.access import Actor
from app.cli.__main__ import main
from app.documents import numbers
from app.models import (
    Account,
    Claim,
    Confirmation,
    Event,
    Graduate,
    ReportBatch,
    ReportLine,
    ReportScope,
    ReportSystem,
    School,
)
from app.problems import Invalid, NotAllowed, NotNow
from app.workflows import confirmation, report_columns, reporting
from tests import moved
from tests.factories import World, make_graduate
from tests.moved import asked, claim_moves, confirmed, signed, terminated
from tests.support import assert_invariants


@pytest.fixture
def open_world(world: World) -> World:
    moved.open_all(world)
    return world


def means(world: World, random: Random | None = None) -> reporting.Means:
    held = world.services
    return reporting.Means(held.db, held.sealer, held.vault, random)


def today() -> date:
    return clock.beijing(clock.now()).date()


def reported(world: World, scope: ReportScope = ReportScope.CHANGED, random: Random | None = None) -> Row[Any]:
    """Ask for a batch and make it."""
    with world.services.db.transaction() as connection:
        made = reporting.ask(connection, world.school_office, world.class_year, ReportSystem.PROVINCIAL, scope, today())
    assert reporting.make_due(means(world, random)) == 1
    return batch(world, made)


def _asked_for(connection: Connection, world: World, scope: ReportScope = ReportScope.CHANGED) -> uuid.UUID:
    return reporting.ask(connection, world.school_office, world.class_year, ReportSystem.PROVINCIAL, scope, today())


def batch(world: World, which: uuid.UUID) -> Row[Any]:
    with world.services.db.reading() as connection:
        return connection.execute(select(ReportBatch).where(ReportBatch.id == which)).one()


def sheet(world: World, made: Row[Any]) -> list[tuple[Any, ...]]:
    content = world.services.vault.get(made.id, reporting.FILE)
    assert hashlib.sha256(content).digest() == made.sha256
    return list(load_workbook(io.BytesIO(content), read_only=True)["毕业去向"].iter_rows(values_only=True))


def counted(world: World) -> dict[str, int]:
    with world.services.db.reading() as connection:
        return reporting.dry_run(connection, world.services.sealer, world.school_office, world.class_year)


def test_a_batch_writes_the_sheet_numbers_the_archives_and_asks_to_confirm(open_world: World) -> None:
    graduate, other = make_graduate(open_world), make_graduate(open_world)
    signed(open_world, graduate)
    assert counted(open_world) == {"new": 1, "changed": 0, "unchanged": 0, "without": 1, "ending": 0}
    made = reported(open_world)
    assert (made.state, made.counts) == ("made", {"new": 1, "changed": 0, "unchanged": 0, "lines": 1})
    head, *lines = sheet(open_world, made)
    assert head == report_columns.TITLES
    (line,) = (dict(zip(head, cells, strict=True)) for cells in lines)
    with open_world.services.db.reading() as connection:
        row = connection.execute(select(Graduate).where(Graduate.id == graduate.graduate_id)).one()
        claim = connection.execute(select(Claim).where(Claim.graduate_id == graduate.graduate_id)).one()
    assert (line["考生号"], line["姓名"], line["毕业年份"]) == (row.candidate_no, row.name, str(open_world.class_year))
    assert (line["毕业去向类别代码"], line["毕业去向"]) == ("10", "签就业协议形式就业")
    assert line["单位名称"] == claim.form["employer_name"]
    assert line["统一社会信用代码"] == claim.form["credit_code"]
    assert len(line["出生日期"]) == 8
    assert numbers.is_transfer_number(row.transfer_number)
    assert (claim.batch_id, claim.reported_on) == (made.id, today())
    found = asked(open_world, graduate)
    assert (found.state, found.reported_on, found.system) == ("todo", today(), "省级登记系统")
    with open_world.services.db.reading() as connection:
        nobody = select(Confirmation.id).where(Confirmation.graduate_id == other.graduate_id)
        assert connection.execute(nobody).first() is None, "who has no destination is asked nothing"
    assert_invariants(open_world.services)


def test_what_was_reported_is_left_alone_until_it_says_something_else(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    first = reported(open_world)
    confirmed(open_world, graduate)
    assert counted(open_world)["unchanged"] == 1
    nothing = reported(open_world)
    assert (nothing.state, nothing.fault) == ("failed", "没有可以上报的去向。")
    again = reported(open_world, ReportScope.ALL)
    assert again.counts["lines"] == 1
    assert asked(open_world, graduate).state == "done", "the same said twice asks for nothing"
    claim_moves(open_world, open_world.school_office, graduate, "amend")
    assert asked(open_world, graduate).state == "again"
    assert counted(open_world)["changed"] == 1
    third = reported(open_world)
    assert third.counts["changed"] == 1
    with open_world.services.db.reading() as connection:
        told = connection.scalars(
            select(Event.name).where(Event.subject == asked(open_world, graduate).id).order_by(Event.version)
        ).all()
        number = connection.scalar(select(Graduate.transfer_number).where(Graduate.id == graduate.graduate_id))
        lines = connection.scalars(select(ReportLine.batch_id).where(ReportLine.graduate_id == graduate.graduate_id))
        assert set(lines) == {first.id, again.id, third.id}
    assert told[-1] == "confirmation.reported_again"
    assert number is not None
    assert_invariants(open_world.services)


def test_only_what_was_reported_as_it_is_now_can_be_confirmed(open_world: World) -> None:
    graduate = make_graduate(open_world)
    with pytest.raises(NotNow, match="还没有上报"):
        _confirm(open_world, graduate, 1)
    signed(open_world, graduate)
    reported(open_world)
    claim_moves(open_world, open_world.school_office, graduate, "amend")
    with pytest.raises(NotNow, match="还没有上报更新后的内容"):
        confirmed(open_world, graduate)
    reported(open_world)
    confirmed(open_world, graduate)
    terminated(open_world, graduate)
    with pytest.raises(NotNow, match="没有生效的去向"):
        confirmed(open_world, graduate)


def _confirm(world: World, graduate: Actor, seen: int) -> None:
    with world.services.db.transaction() as connection:
        confirmation.confirm(connection, graduate, seen=seen)


def test_a_corrected_line_is_reported_again_without_asking_the_graduate(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    reported(open_world)
    confirmed(open_world, graduate)
    with open_world.services.db.transaction() as connection:
        connection.execute(update(Graduate).where(Graduate.id == graduate.graduate_id).values(major="=1+1 园艺"))
    assert counted(open_world)["changed"] == 1
    made = reported(open_world)
    cells = sheet(open_world, made)[1]
    assert cells[report_columns.TITLES.index("专业名称")] == "=1+1 园艺", "text stays text, never a formula"
    assert asked(open_world, graduate).state == "done"


def test_the_number_stays_with_the_graduate_whatever_becomes_of_the_destination(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    reported(open_world)
    number = _numbers(open_world)
    terminated(open_world, graduate)
    signed(open_world, graduate)
    made = reported(open_world)
    assert made.counts["new"] == 1, "another destination was never reported"
    assert _numbers(open_world) == number
    assert asked(open_world, graduate).state == "again"


def test_numbers_that_meet_are_drawn_again(open_world: World) -> None:
    people = [make_graduate(open_world) for _ in range(3)]
    for one in people:
        signed(open_world, one)

    class Narrow(Random):
        """Draws each number twice."""

        def __init__(self) -> None:
            super().__init__(7)
            self.drawn = -1

        def randrange(self, *args: Any, **kwargs: Any) -> int:
            self.drawn += 1
            return self.drawn // 2

    reported(open_world, random=Narrow())
    assert len(set(_numbers(open_world))) == 3


class Late:
    """A shelf that is so slow the first time that something happens meanwhile."""

    def __init__(self, world: World, meanwhile: Callable[[], None]) -> None:
        self.vault, self.meanwhile = world.services.vault, [meanwhile]

    def put(self, owner: uuid.UUID, part: str, content: bytes) -> None:
        if self.meanwhile:
            self.meanwhile.pop()()
        self.vault.put(owner, part, content)


def test_a_destination_that_ends_while_the_sheet_is_written_is_not_in_it(open_world: World) -> None:
    staying, leaving = make_graduate(open_world), make_graduate(open_world)
    signed(open_world, staying)
    signed(open_world, leaving)
    with open_world.services.db.transaction() as connection:
        made = _asked_for(connection, open_world)
    slow = Late(open_world, lambda: terminated(open_world, leaving))
    held = open_world.services
    assert reporting.make_due(reporting.Means(held.db, held.sealer, slow)) == 1
    found = batch(open_world, made)
    assert found.counts["lines"] == 1
    with held.db.reading() as connection:
        name = connection.scalar(select(Graduate.candidate_no).where(Graduate.id == staying.graduate_id))
    assert [line[0] for line in sheet(open_world, found)[1:]] == [name]
    assert_invariants(held)


def test_a_batch_is_the_schools_alone_of_today_or_before_and_one_at_a_time(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    ask = (open_world.class_year, ReportSystem.SCHOOL, ReportScope.ALL)
    db = open_world.services.db
    for actor in (graduate, open_world.college_office, open_world.employer):
        with pytest.raises(NotAllowed), db.transaction() as connection:
            reporting.ask(connection, actor, *ask, today())
    with pytest.raises(Invalid, match="不能晚于今天"), db.transaction() as connection:
        reporting.ask(connection, open_world.school_office, *ask, today() + timedelta(days=1))
    with db.transaction() as connection:
        reporting.ask(connection, open_world.school_office, *ask, today())
    with pytest.raises(NotNow, match="还在生成"), db.transaction() as connection:
        reporting.ask(connection, open_world.school_office, *ask, today())
    assert reporting.make_due(means(open_world)) == 1
    assert reporting.make_due(means(open_world)) == 0


def test_a_batch_whose_sheet_cannot_be_kept_fails_and_marks_nothing(open_world: World) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    held = open_world.services
    with held.db.transaction() as connection:
        made = _asked_for(connection, open_world)

    def full() -> None:
        raise OSError("no space left")

    slow = Late(open_world, full)
    slow.meanwhile *= reporting.ATTEMPTS
    assert reporting.make_due(reporting.Means(held.db, held.sealer, slow)) == 1
    found = batch(open_world, made)
    assert (found.state, found.sha256) == ("failed", None)
    assert counted(open_world)["new"] == 1
    assert reported(open_world).state == "made", "and the next may be asked for"


def test_an_operator_reports_by_command(open_world: World, product_environment: dict[str, str], tmp_path: Path) -> None:
    graduate = make_graduate(open_world)
    signed(open_world, graduate)
    with open_world.services.db.reading() as connection:
        login = connection.scalar(select(Account.login).where(Account.id == open_world.school_office.id))
        code = connection.scalar(select(School.code).where(School.id == open_world.school_id))
    run = partial(CliRunner(env=product_environment).invoke, main, catch_exceptions=False)
    said = ["report", str(code), str(open_world.class_year), "--by", str(login)]
    tried = run([*said, "--dry-run"])
    assert (tried.exit_code, "新增 1 人" in tried.output) == (0, True)
    with open_world.services.db.reading() as connection:
        assert connection.execute(select(ReportBatch)).first() is None, "nothing is changed"
    out = tmp_path / "sheet.xlsx"
    done = run([*said, "--system", "school", "--out", str(out)])
    assert (done.exit_code, "已上报 1 人" in done.output) == (0, True), done.output
    assert hashlib.sha256(out.read_bytes()).hexdigest() in done.output
    assert asked(open_world, graduate).system == "校内登记"
    assert run(said).exit_code == 1, "nothing is left to report"
    assert run([*said[:-1], "nobody"]).exit_code == 1


def _numbers(world: World) -> list[str]:
    with world.services.db.reading() as connection:
        return list(connection.scalars(text("SELECT transfer_number FROM graduate WHERE transfer_number IS NOT NULL")))
