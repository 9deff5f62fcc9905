"""The files that a school may replace are read instead of ours, and an unsound one stops the start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.codes import data, soundness
from app.codes.destinations import code_for
from app.codes.universities import code_of
from app.codes.wages import lowest_wage
from app.services import use_codes
from app.settings import Settings, UnsafeSettings
from stack.settings_for_development import environment


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """With a folder of own files, empty still."""
    urls = {"DATABASE_URL": "postgresql://nowhere/x", "REDIS_URL": "redis://nowhere/0"}
    folder = tmp_path / "own"
    folder.mkdir()
    told = environment(tmp_path, urls, "http://127.0.0.1:9", "http://127.0.0.1:9", {})
    yield Settings.from_environment(told | {"QX_CODES_DIR": str(folder)})
    data.use(None)


def write(settings: Settings, name: str, content: str) -> None:
    assert settings.codes_dir is not None
    (settings.codes_dir / name).write_text(content, encoding="utf-8")


def test_what_comes_with_the_product_is_sound() -> None:
    assert soundness.faults() == []


def test_a_file_of_the_school_stands_in_for_ours_and_the_rest_stays(settings: Settings) -> None:
    write(settings, "minimum_wage.csv", "province,lowest_yuan,as_of,source\n33,2260,2026-01-01,省人社厅\n")
    use_codes(settings)
    wage = lowest_wage("330108")
    assert wage is not None and (wage.cents, wage.source) == (2_260_00, "省人社厅")
    assert lowest_wage("310101") is None
    assert code_of("浙江大学") == "10335"


def test_the_export_map_is_the_schools_to_fill(settings: Settings) -> None:
    ours = (data.HERE / "destination_codes.csv").read_text(encoding="utf-8")
    write(settings, "destination_codes.csv", ours.replace("70-1,70,no", "70-1,701,yes"))
    use_codes(settings)
    assert code_for("job_seeking", {}, 2026) == ("70-1", "701")


@pytest.mark.parametrize(
    ("name", "old", "new", "fault"),
    [
        ("destination_codes.csv", "signing,,,,70-2,70,no\n", "", "signing has 0 codes for the class of 2021"),
        ("destination_codes.csv", "startup,,,,75", "startup,,,,75,75,yes\nstartup,,,,75", "startup has 2 codes"),
        ("destination_codes.csv", "conscript,,,,46", "conscript,,,,47", "47 is no code of the class of 2021"),
        ("destination_codes.csv", "2023,80,80", "2024,80,80", "2 codes for the class of 2024"),
        ("destination_codes.csv", "trainee", "interns", "no such type: interns"),
        ("destination_codes.csv", "western_plan", "eastern_plan", "no such type: national_project eastern_plan"),
        ("destination_codes.csv", ",,,,76,76,", ",,,,76,,", "freelance has no export code"),
        ("destination_codes.csv", "2024,,271", "新,,271", "cannot be read"),
        ("minimum_wage.csv", "11,2420", "99,2420", "99: no such province"),
        ("minimum_wage.csv", "11,2420", "11,两千", "cannot be read"),
        ("minimum_wage.csv", "lowest_yuan", "yuan", "cannot be read"),
        ("universities.csv", "10335,", "1035,", "a code has five digits"),
        ("universities.csv", "10335,", "10001,", "stands once"),
    ],
)
def test_an_unsound_file_stops_the_start_with_its_name_and_fault(
    settings: Settings, name: str, old: str, new: str, fault: str
) -> None:
    ours = (data.HERE / name).read_text(encoding="utf-8")
    assert old in ours
    write(settings, name, ours.replace(old, new, 1))
    with pytest.raises(UnsafeSettings, match=name) as refused:
        use_codes(settings)
    assert fault in str(refused.value)
    assert soundness.faults() == [], "ours are read again"


def test_a_folder_that_is_not_there_stops_the_start(settings: Settings) -> None:
    assert settings.codes_dir is not None
    settings.codes_dir.rmdir()
    with pytest.raises(UnsafeSettings, match="no such folder"):
        use_codes(settings)


def test_other_files_are_never_replaced(settings: Settings) -> None:
    write(settings, "tables.json", "{}")
    write(settings, "destinations.json", "{}")
    use_codes(settings)
    assert code_for("labor_contract", {}, 2026).national == "11"
