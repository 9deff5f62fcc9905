"""The operator's commands: modules switched on and off, the directory of archive offices, base data deleted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select, text

from app.access import Role
from app.cli.__main__ import main
from app.codes import directory
from app.models import ArchiveOffice, BaseState, Graduate
from app.services import Services
from tests import factories, moved
from tests.factories import World, make_graduate, make_staff
from tests.roster.sheets import write_csv, write_xlsx
from tests.support import assert_invariants

LINE = {
    "行政区划代码": "330602",
    "机构名称": "越城区人才中心",
    "地址所在区县代码": "330602",
    "地址": "人民路 8 号",
    "邮编": "312000",
    "电话": "0575-85120000",
    "来源": "官网",
    "核对日期": "2026-03-01",
}


Run = Callable[..., Result]


@pytest.fixture
def run(product_environment: dict[str, str]) -> Run:
    def command(*arguments: str) -> Result:
        return CliRunner(env=product_environment).invoke(main, arguments, catch_exceptions=False)

    return command


def offices(services: Services) -> int:
    with services.db.reading() as connection:
        return connection.execute(select(func.count()).select_from(ArchiveOffice)).scalar_one()


# Modules --------------------------------------------------------------------------------------------------------------


def states(services: Services) -> dict[str, str]:
    query = text("""SELECT name, CASE WHEN closes_at <= clock_timestamp() THEN 'closed'
        WHEN opens_at <= clock_timestamp() THEN 'open' ELSE 'later' END AS state FROM module""")
    with services.db.reading() as connection:
        return {row.name: row.state for row in connection.execute(query)}


def test_modules_are_opened_for_a_time_closed_and_opened_again(services: Services, world: World, run: Run) -> None:
    which = ("19999", "2027", "archive")
    assert "未启用" in run("modules", "list", "19999", "2027").output
    assert run("modules", "close", *which).exit_code == 1
    assert run("modules", "open", *which).exit_code == 0
    assert states(services) == {"archive": "open"}
    assert run("modules", "close", *which).exit_code == 0
    assert states(services) == {"archive": "closed"}
    assert "已关闭" in run("modules", "list", "19999", "2027").output
    assert run("modules", "open", *which, "--from", "2099-03-01", "--to", "2099-03-01").exit_code == 0
    assert states(services) == {"archive": "later"}
    assert "2099年3月1日" in run("modules", "list", "19999", "2027").output
    assert run("modules", "close", *which).exit_code == 0, "before it ever opened"
    assert states(services) == {"archive": "closed"}
    wrong = run("modules", "open", *which, "--from", "2099-03-02", "--to", "2099-03-01")
    assert (wrong.exit_code, "结束日期" in wrong.output) == (2, True)
    assert run("modules", "open", "10000", "2027", "archive").exit_code == 1
    assert run("modules", "open", "19999", "2027", "dormitory").exit_code == 2


# The directory --------------------------------------------------------------------------------------------------------


def test_the_directory_is_imported_and_corrected_row_by_row(
    services: Services, world: World, tmp_path: Path, run: Run
) -> None:
    sample = run("directory", "sample")
    count = len(directory.sample())
    assert (sample.exit_code, offices(services)) == (0, count)
    assert f"新增 0，更新 0，没有变化 {count}" in run("directory", "sample").output
    path = write_xlsx(tmp_path / "one.xlsx", [LINE], above=("档案接收机构",))
    assert "什么也没有保存" in run("directory", "import", str(path), "--dry-run").output
    assert "更新 1" in run("directory", "import", str(path)).output
    with services.db.reading() as connection:
        name = connection.scalar(select(ArchiveOffice.name).where(ArchiveOffice.region == "330602"))
    assert name == LINE["机构名称"]


def test_wrong_rows_of_a_directory_are_listed_and_nothing_is_taken(
    services: Services, world: World, tmp_path: Path, run: Run
) -> None:
    lines = [LINE, LINE | {"行政区划代码": "999999"}, LINE | {"行政区划代码": "330603", "邮编": "31"}]
    result = run("directory", "import", str(write_csv(tmp_path / "some.csv", lines)))
    assert (result.exit_code, offices(services)) == (1, 0)
    assert "第 3 行 · 行政区划代码" in result.output
    assert "第 4 行 · 邮编" in result.output
    assert run("directory", "import", str(tmp_path / "none.csv")).exit_code == 1


# Deletion -------------------------------------------------------------------------------------------------------------


def test_base_data_are_deleted_by_two_people_where_a_destination_stands(
    services: Services, world: World, run: Run
) -> None:
    moved.open_all(world)
    graduate = make_graduate(world, candidate_no="23330602123456")
    moved.signed(world, graduate)
    second = make_staff(world, Role.SCHOOL, "沈老师")
    with services.db.reading() as connection:
        rows = connection.execute(text("SELECT name, login FROM account WHERE role IN ('school', 'college')"))
        logins: dict[str, str] = {row.name: row.login for row in rows}
    which = ("23330602123456", "--school", "19999", "--class-year", "2027")
    assert second.name in logins
    college = run("graduates", "delete", *which, "--by", logins["陈老师"], "--reason", "退学")
    assert "没有这个登录名的校级账号" in college.output
    asked = run("graduates", "delete", *which, "--by", logins["方老师"], "--reason", "退学")
    assert (asked.exit_code, "confirm-deletion" in asked.output) == (0, True)
    alone = run("graduates", "confirm-deletion", *which, "--by", logins["方老师"])
    assert (alone.exit_code, "另一位老师" in alone.output) == (1, True)
    done = run("graduates", "confirm-deletion", *which, "--by", logins["沈老师"])
    assert (done.exit_code, "已挂起" in done.output) == (0, True)
    with services.db.reading() as connection:
        state = connection.scalar(select(Graduate.base_state).where(Graduate.id == graduate.graduate_id))
    assert (state, factories.claim_of(world, graduate).state) == (BaseState.DELETED, "suspended")
    assert run("graduates", "delete", *which, "--by", logins["方老师"], "--reason", "退学").exit_code == 1
    assert_invariants(services)
