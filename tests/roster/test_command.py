from __future__ import annotations

import stat
from pathlib import Path

from click.testing import CliRunner, Result
from openpyxl import load_workbook
from sqlalchemy import func, select

from app.cli import sample
from app.cli.__main__ import main
from app.models import Graduate
from app.services import Services
from tests.factories import World
from tests.roster.sheets import rows, write_csv


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(main, arguments, catch_exceptions=False)


def imported(environment: dict[str, str], path: Path, *options: str) -> Result:
    return run(environment, "import-roster", str(path), "--school", "19999", "--class-year", "2027", *options)


def count(services: Services) -> int:
    with services.db.reading() as connection:
        return connection.execute(select(func.count()).select_from(Graduate)).scalar_one()


def test_the_whole_sample_of_a_university_is_imported(
    services: Services, world: World, product_environment: dict[str, str], tmp_path: Path
) -> None:
    sample.write(tmp_path / "sample.xlsx")
    result = imported(product_environment, tmp_path / "sample.xlsx")
    assert result.exit_code == 0, result.output
    assert f"{sample.COUNT} 行：新增 {sample.COUNT}，更新 0" in result.output
    assert count(services) == sample.COUNT


def test_a_dry_run_tells_everything_and_keeps_nothing(
    services: Services, world: World, product_environment: dict[str, str], tmp_path: Path
) -> None:
    result = imported(product_environment, write_csv(tmp_path / "one.csv", rows(20)), "--dry-run")
    assert result.exit_code == 0
    assert "20 行：新增 20" in result.output
    assert "什么也没有保存" in result.output
    assert count(services) == 0


def test_wrong_rows_come_back_as_a_sheet_in_which_nothing_can_act(
    services: Services, world: World, product_environment: dict[str, str], tmp_path: Path
) -> None:
    lines = rows(20)
    lines[4] |= {"民族": '=HYPERLINK("http://example.com")', "班级": "@SUM(1)"}
    lines[9]["性别"] = "?"
    path, errors = write_csv(tmp_path / "one.csv", lines), tmp_path / "errors.xlsx"
    result = imported(product_environment, path, "--errors", str(errors))
    assert result.exit_code == 1
    assert "2 行有误" in result.output
    assert "第 6 行 · 民族" in result.output
    for line in lines:
        assert line["身份证号"] not in result.output
    assert count(services) == 0
    assert stat.S_IMODE(errors.stat().st_mode) == 0o600
    sheet = load_workbook(errors).active
    assert sheet is not None
    found = list(sheet.iter_rows())
    assert [cell.value for cell in found[0]] == ["行号", *sample.HEADER, "错误"]
    assert [row[0].value for row in found[1:]] == ["6", "11"]
    by_title = dict(zip([cell.value for cell in found[0]], found[1], strict=True))
    assert by_title["民族"].value == '=HYPERLINK("http://example.com")'
    assert {cell.data_type for row in found[1:] for cell in row if cell.value} == {"s"}
    assert by_title["身份证号"].value == lines[4]["身份证号"]
    assert "民族：不认识" in str(by_title["错误"].value)


def test_a_wrong_school_and_a_wrong_file_are_told_in_a_sentence(
    world: World, product_environment: dict[str, str], tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "one.csv", rows(12))
    result = run(product_environment, "import-roster", str(path), "--school", "10001", "--class-year", "2027")
    assert (result.exit_code, "没有院校代码为 10001 的学校" in result.output) == (1, True)
    result = imported(product_environment, tmp_path / "absent.csv")
    assert (result.exit_code, "没有这个文件" in result.output) == (1, True)


def test_an_unsafe_setting_stops_a_command_with_a_sentence(product_environment: dict[str, str]) -> None:
    import subprocess
    import sys

    environment = product_environment | {"QX_INDEX_KEY": "short"}
    done = subprocess.run(
        [sys.executable, "-m", "app.cli", "migrate"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "QX_INDEX_KEY" in done.stderr
    assert "Traceback" not in done.stderr
