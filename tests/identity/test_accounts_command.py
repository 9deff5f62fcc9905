from __future__ import annotations

from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli.__main__ import main
from app.identity import passwords
from app.models import Account, Employer
from app.services import Services
from tests.factories import World


def run(environment: dict[str, str], *arguments: str) -> Result:
    return CliRunner(env=environment).invoke(main, ["accounts", *arguments], catch_exceptions=False)


def password_in(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return result.output.strip().rpartition("：")[2]


def test_an_operator_makes_log_ins_for_staff(
    services: Services, world: World, product_environment: dict[str, str]
) -> None:
    of_school = run(product_environment, "add-staff", "fang", "方老师", "--school", "19999")
    college = ("--school", "19999", "--college", "计算机与人工智能学院")
    of_college = run(product_environment, "add-staff", "chen", "陈老师", *college)
    counsellor = run(product_environment, "add-staff", "liu", "刘老师", *college, "--counsellor")
    with services.db.reading() as connection:
        for login, result, role, college_id in (
            ("fang", of_school, "school", None),
            ("chen", of_college, "college", world.colleges[0]),
            ("liu", counsellor, "counsellor", world.colleges[0]),
        ):
            row = connection.execute(select(Account).where(Account.login == login)).one()
            assert (row.role, row.school_id, row.college_id) == (role, world.school_id, college_id)
            assert passwords.check(services.db, login, password_in(result)) == row.id


def test_an_operator_makes_log_ins_for_an_employer(
    services: Services, world: World, product_environment: dict[str, str]
) -> None:
    with services.db.reading() as connection:
        code = connection.scalar(select(Employer.credit_code).where(Employer.id == world.employer.employer_id))
    assert code is not None
    result = run(product_environment, "add-employer", "hr2", "何晴", "--credit-code", code.lower(), "--title", "人事")
    account = passwords.check(services.db, "hr2", password_in(result))
    with services.db.reading() as connection:
        row = connection.execute(select(Account).where(Account.id == account)).one()
    assert (row.employer_id, row.title) == (world.employer.employer_id, "人事")


def test_what_cannot_be_made_is_told_in_a_sentence(world: World, product_environment: dict[str, str]) -> None:
    for arguments, sentence in (
        (("add-staff", "a", "甲", "--school", "10001"), "没有这所学校"),
        (("add-staff", "a", "甲", "--school", "19999", "--college", "没有的学院"), "没有这个院系"),
        (("add-employer", "a", "甲", "--credit-code", "91330100MA2AXYK63J"), "没有这个信用代码"),
        (("add-staff", "a", "甲", "--school", "19999", "--counsellor"), "--college"),
    ):
        result = run(product_environment, *arguments)
        assert result.exit_code in (1, 2)
        assert sentence in result.output
    run(product_environment, "add-staff", "a", "甲", "--school", "19999")
    again = run(product_environment, "add-staff", "a", "乙", "--school", "19999")
    assert (again.exit_code, "已被使用" in again.output) == (1, True)


def test_an_operator_notes_where_mail_goes_and_it_is_sealed(
    services: Services, world: World, product_environment: dict[str, str]
) -> None:
    run(product_environment, "add-staff", "fang", "方老师", "--school", "19999", "--email", "fang@example.com")
    assert run(product_environment, "set-email", "fang", "office@example.com").exit_code == 0
    with services.db.reading() as connection:
        sealed = connection.execute(select(Account.email).where(Account.login == "fang")).scalar_one()
    assert sealed is not None and b"office" not in sealed
    assert services.sealer.open(sealed, "email") == "office@example.com"
    refused = run(product_environment, "set-email", "fang", "no address")
    assert refused.exit_code != 0 and "不是邮箱地址" in refused.output
