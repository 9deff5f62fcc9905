from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.access import Actor, Role
from app.identity import pins
from app.models import Account, College, Graduate
from app.problems import NotFound, Stale
from app.services import Services
from app.workflows import roster, roster_import
from app.workflows.advance import advance_many
from app.workflows.roster_import import Refused, Report
from app.workflows.roster_machine import BASE_DATA
from app.workflows.roster_sheet import Unreadable
from tests.factories import World
from tests.roster.sheets import rows, write_csv, write_xlsx
from tests.support import events

OPERATOR = Actor(Role.SCHOOL, name="命令行", request_id="test")


def bring_in(services: Services, path: Path, class_year: int = 2027) -> Report:
    with services.db.transaction() as connection:
        return roster_import.bring_in(
            connection, services.sealer, OPERATOR, path, school_code="19999", class_year=class_year
        )


def refused(services: Services, path: Path) -> list[tuple[int, str, str]]:
    """What is wrong, after making sure that nothing was taken."""
    with pytest.raises(Refused) as caught:
        bring_in(services, path)
    assert count(services) == 0
    return [(fault.row, fault.column, fault.sentence) for fault in caught.value.report.faults]


def count(services: Services) -> int:
    with services.db.reading() as connection:
        return connection.execute(select(func.count()).select_from(Graduate)).scalar_one()


def graduate(services: Services, name: str) -> Any:
    with services.db.reading() as connection:
        return connection.execute(select(Graduate).where(Graduate.name == name)).one()


def confirm(services: Services, name: str) -> Actor:
    """Let a graduate of the roster log in for the first time and confirm."""
    row = graduate(services, name)
    with services.db.transaction() as connection:
        account = connection.execute(
            Account.__table__.insert()  # type: ignore[attr-defined]
            .values(role="graduate", graduate_id=row.id, name=row.name)
            .returning(Account.__table__.c.id)
        ).scalar_one()
        actor = Actor(Role.GRADUATE, account, row.name, graduate_id=row.id, request_id="test")
        pins.set_pin(connection, row.id, services.sealer, "246802")
        roster.confirm_base_data(connection, actor, seen=row.version)
    return actor


def test_a_roster_is_taken_with_all_its_columns(services: Services, world: World, tmp_path: Path) -> None:
    report = bring_in(services, write_xlsx(tmp_path / "名单.xlsx", rows(40)))
    assert (report.rows, report.fresh, report.changed, report.unchanged) == (40, 40, 0, 0)
    row = graduate(services, "林知夏")
    assert row.school_id == world.school_id
    assert (row.class_year, row.degree, row.gender, row.ethnicity) == (2027, "31", "2", "01")
    assert (row.political_status, row.training_mode, row.origin) == ("03", "1", "330602")
    assert (row.enrolled_on, row.graduates_on, row.study_years) == ("202309", "202706", 4)
    assert (row.archive_moved, row.hukou_moved, row.base_state) == (True, False, "uploaded")
    number = services.sealer.open(row.id_number, "id_number")
    assert number.startswith("330602")
    assert row.id_number_index == services.sealer.index(number, "id_number")
    assert services.sealer.open(row.phone, "phone") == "19900000001"
    assert row.rest["normal_student"] == "2"
    assert graduate(services, "魏子衿").hukou_moved is None
    assert graduate(services, "黎颂恩").id_type == "hmt_residence"
    with services.db.reading() as connection:
        names = set(connection.execute(select(College.name).where(College.school_id == world.school_id)).scalars())
    assert {"计算机与人工智能学院", "经济与管理学院", "建筑与土木学院"} <= names


def test_the_same_file_again_changes_nothing(services: Services, world: World, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "roster.csv", rows(30))
    bring_in(services, path)
    before = graduate(services, "林知夏")
    report = bring_in(services, path)
    assert (report.fresh, report.changed, report.unchanged, report.reconfirm) == (0, 0, 30, 0)
    assert graduate(services, "林知夏") == before


def test_a_correction_of_confirmed_data_asks_to_confirm_again(services: Services, world: World, tmp_path: Path) -> None:
    lines = rows(20)
    bring_in(services, write_csv(tmp_path / "one.csv", lines))
    actor = confirm(services, "林知夏")
    lines[0]["专业名称"] = "网络工程"
    lines[1]["专业名称"] = "网络工程"  # not confirmed yet: nothing to confirm again
    report = bring_in(services, write_csv(tmp_path / "two.csv", lines))
    assert (report.changed, report.unchanged, report.reconfirm) == (2, 18, 1)
    row = graduate(services, "林知夏")
    assert (row.major, row.base_state) == ("网络工程", "changed")
    assert graduate(services, "何其晏").base_state == "uploaded"
    assert events(services, row.id) == [("confirm", "uploaded", "confirmed"), ("correct", "confirmed", "changed")]
    with services.db.transaction() as connection, pytest.raises(Stale):
        roster.confirm_base_data(connection, actor, seen=row.version - 1)
    with services.db.transaction() as connection:
        roster.confirm_base_data(connection, actor, seen=row.version)
        roster.confirm_base_data(connection, actor, seen=row.version)  # a second tap is answered as the first
    assert graduate(services, "林知夏").base_state == "confirmed"
    assert len(events(services, row.id)) == 3


def test_phone_and_mail_are_the_graduates_own_and_only_filled_in(
    services: Services, world: World, tmp_path: Path
) -> None:
    lines = rows(12)
    lines[1]["手机号码"] = ""
    bring_in(services, write_csv(tmp_path / "one.csv", lines))
    confirm(services, "林知夏")
    lines[0]["手机号码"], lines[1]["手机号码"] = "19911112222", "19933334444"
    report = bring_in(services, write_csv(tmp_path / "two.csv", lines))
    assert (report.changed, report.reconfirm) == (1, 0)
    first, second = graduate(services, "林知夏"), graduate(services, "何其晏")
    assert services.sealer.open(first.phone, "phone") == "19900000001"
    assert services.sealer.open(second.phone, "phone") == "19933334444"
    assert first.base_state == "confirmed"


def test_a_corrected_name_reaches_the_account(services: Services, world: World, tmp_path: Path) -> None:
    lines = rows(11)
    bring_in(services, write_csv(tmp_path / "one.csv", lines))
    actor = confirm(services, "林知夏")
    lines[0]["姓名"] = "林知暇"
    bring_in(services, write_csv(tmp_path / "two.csv", lines))
    with services.db.reading() as connection:
        assert connection.scalar(select(Account.name).where(Account.id == actor.id)) == "林知暇"


def test_a_deleted_graduate_comes_back_with_the_roster(services: Services, world: World, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "one.csv", rows(11))
    bring_in(services, path)
    row = graduate(services, "何其晏")
    with services.db.transaction() as connection:
        ids = advance_many(connection, BASE_DATA, roster.GRADUATE, "delete", [row.id], OPERATOR, source="uploaded")
    assert ids == [row.id]
    report = bring_in(services, path)
    assert report.restored == 1
    assert graduate(services, "何其晏").base_state == "uploaded"


WRONG: list[tuple[str, str, str, str]] = [
    ("姓名", "", "姓名", "必须填写"),
    ("姓名", "张\u200b三", "姓名", "看不见的字符"),
    ("身份证号", "33060220040928520", "身份证号", "应为 18 位，这里是 17 位"),
    ("身份证号", "330602200409285208", "身份证号", "校验位不对"),
    ("身份证号", "33060220041328520x", "身份证号", "出生日期不存在"),
    ("身份证号", "99060220040928520X", "身份证号", "地区在出生那年不存在"),
    ("身份证号", "3306022004092852O7", "身份证号", "17 位数字"),
    ("性别", "男", "性别", "与身份证号里的性别不一致"),
    ("性别", "未知", "性别", "不认识「未知」"),
    ("出生日期", "20040929", "出生日期", "与身份证号里的出生日期不一致"),
    ("民族", "火星族", "民族", "不认识「火星族」"),
    ("学历层次", "博士后", "学历层次", "不认识"),
    ("生源所在地", "330699", "生源所在地", "六位行政区划代码"),
    ("生源所在地", "月球环形山", "生源所在地", "省市区全称"),
    ("入学年月", "2023年", "入学年月", "应为年月"),
    ("入学年月", "202313", "入学年月", "应为年月"),
    ("入学年月", "202709", "入学年月", "晚于毕业日期"),
    ("毕业日期", "202606", "毕业日期", "不在 2027 年"),
    ("学制", "四", "学制", "应为年数"),
    ("学制", "40", "学制", "1 到 10 年"),
    ("户口是否转入学校", "也许", "户口是否转入学校", "应填「是」「否」"),
    ("手机号码", "12345", "手机号码", "应为 11 位"),
    ("电子邮箱", "nobody", "电子邮箱", "邮箱格式不对"),
    ("院校代码", "10335", "院校代码", "不是本校"),
    ("考生号", "23 33", "考生号", "6 到 20 位"),
    ("师范生类别", "大师", "师范生类别", "不认识"),
]


@pytest.mark.parametrize(("column", "value", "told", "sentence"), WRONG)
def test_a_wrong_cell_is_named_by_row_and_column_and_nothing_is_taken(
    services: Services, world: World, tmp_path: Path, column: str, value: str, told: str, sentence: str
) -> None:
    lines = rows(12)
    lines[0][column] = value
    faults = refused(services, write_csv(tmp_path / "wrong.csv", lines))
    assert [(row, where) for row, where, _ in faults] == [(2, told)]
    assert sentence in faults[0][2]


def test_every_fault_of_every_row_is_listed(services: Services, world: World, tmp_path: Path) -> None:
    lines = rows(14)
    lines[3] |= {"性别": "?", "民族": "?"}
    lines[5]["身份证号"] = lines[4]["身份证号"]
    lines[5] |= {"性别": lines[4]["性别"], "出生日期": lines[4]["出生日期"]}
    lines[7]["考生号"] = lines[6]["考生号"]
    faults = refused(services, write_xlsx(tmp_path / "wrong.xlsx", lines))
    assert [(row, where) for row, where, _ in faults] == [(5, "性别"), (5, "民族"), (7, "身份证号"), (9, "考生号")]
    assert faults[2][2] == "与第 6 行重复。"


def test_an_id_number_of_another_graduate_of_the_class_is_refused(
    services: Services, world: World, tmp_path: Path
) -> None:
    lines = rows(12)
    bring_in(services, write_csv(tmp_path / "one.csv", lines))
    lines[0]["考生号"] = "23330602999999"
    with pytest.raises(Refused) as caught:
        bring_in(services, write_csv(tmp_path / "two.csv", lines[:1]))
    [fault] = caught.value.report.faults
    assert (fault.row, fault.column) == (2, "身份证号")
    assert "23330602000001" in fault.sentence
    assert count(services) == 12


def test_headers_and_cells_are_taken_as_people_write_them(services: Services, world: World, tmp_path: Path) -> None:
    lines = []
    for line in rows(11):
        line = {title: value for title, value in line.items() if title not in ("院校代码", "证件类型", "出生日期")}
        line["★ 证件号码"] = line.pop("身份证号").lower()
        line["学历"] = {"本科生毕业": "本科", "硕士生毕业": "11"}[line.pop("学历层次")]
        line["民族"] = "汉"
        line["政治面貌"] = "3"  # a spreadsheet took the zero away
        line["入学时间"] = "2023年9月" if line.pop("入学年月") == "202309" else "2024/9/1"
        line["毕业时间："] = "2027-06-30"
        line.pop("毕业日期")
        line["生源地"] = "浙江省绍兴市越城区"
        line.pop("生源所在地")
        line["学院"] = line.pop("院系")
        line["性别"] = {"女": "2", "男": "1"}[line["性别"]]
        line["家庭住址"] = "某处"
        lines.append(line)
    lines.pop()  # 黎颂恩 needs the kind of her document
    report = bring_in(services, write_csv(tmp_path / "gbk.csv", lines, encoding="gb18030"))
    assert report.fresh == 10
    assert report.ignored == ("家庭住址",)
    row = graduate(services, "林知夏")
    assert (row.ethnicity, row.political_status, row.degree) == ("01", "03", "31")
    assert (row.enrolled_on, row.graduates_on, row.origin) == ("202309", "202706", "330602")
    assert "某处" not in str(row)


def test_numbers_and_dates_of_a_spreadsheet_are_read_as_what_they_show(
    services: Services, world: World, tmp_path: Path
) -> None:
    lines: list[dict[str, Any]] = [dict(line) for line in rows(11)]
    for line in lines:
        line |= {"学制": float(line["学制"]), "毕业日期": datetime.date(2027, 6, 30), "入学年月": int(line["入学年月"])}
    report = bring_in(services, write_xlsx(tmp_path / "numbers.xlsx", lines, above=("江州大学 2027 届毕业生",)))
    assert report.fresh == 11
    assert graduate(services, "林知夏").graduates_on == "202706"


def test_a_number_that_lost_its_digits_is_not_taken(services: Services, world: World, tmp_path: Path) -> None:
    lines: list[dict[str, Any]] = [dict(line) for line in rows(11)]
    lines[0]["身份证号"] = int(lines[0]["身份证号"])
    [fault] = refused(services, write_xlsx(tmp_path / "numbers.xlsx", lines))
    assert fault[:2] == (2, "身份证号")
    assert "改为文本" in fault[2]


def test_a_file_that_is_no_roster_is_told_apart(services: Services, world: World, tmp_path: Path) -> None:
    (tmp_path / "picture.xlsx").write_bytes(b"\x89PNG\r\n")
    (tmp_path / "empty.csv").write_text("")
    lines = [{title: value for title, value in line.items() if title not in ("民族", "院系")} for line in rows(11)]
    write_csv(tmp_path / "missing.csv", lines)
    for name, sentence in (
        ("picture.xlsx", "不是可以读取的"),
        ("empty.csv", "没有找到表头"),
        ("missing.csv", "缺少这些列：民族、院系"),
        ("absent.csv", "没有这个文件"),
    ):
        with pytest.raises(Unreadable, match=sentence):
            bring_in(services, tmp_path / name)


def test_an_unknown_school_is_refused(services: Services, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        bring_in(services, write_csv(tmp_path / "one.csv", rows(11)))


def test_what_is_personal_is_unreadable_in_the_database(services: Services, world: World, tmp_path: Path) -> None:
    lines = rows(15)
    bring_in(services, write_csv(tmp_path / "one.csv", lines))
    with services.db.reading() as connection:
        everything = connection.execute(text("SELECT string_agg(graduate::text, '') FROM graduate")).scalar_one()
    for line in lines:
        for title in ("身份证号", "手机号码", "电子邮箱"):
            assert not line[title] or line[title] not in everything
