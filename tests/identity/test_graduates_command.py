from __future__ import annotations

from collections.abc import Callable

from click.testing import CliRunner, Result
from sqlalchemy import select

from app.cli.__main__ import main
from app.identity import pins
from app.models import Graduate
from app.services import Services
from tests.factories import PIN, World, make_graduate
from tests.identity.browsing import Browser, Roster
from tests.sandbox.running import Sandbox
from tests.support import assert_invariants


def run(environment: dict[str, str], command: str, candidate_no: str) -> Result:
    which = ["--school", "19999", "--class-year", "2027"]
    return CliRunner(env=environment).invoke(main, ["graduates", command, candidate_no, *which], catch_exceptions=False)


def test_a_new_phone_is_bound_after_the_office_has_taken_the_old_one_off(
    browser: Callable[..., Browser],
    roster: Roster,
    sandbox: Sandbox,
    product_environment: dict[str, str],
) -> None:
    _, login = roster.graduate(candidate_no="23330602123456")
    old, new = browser(sandbox.follower("旧手机")), browser(sandbox.follower("新手机"))
    for phone in (old, new):
        phone.open("/auth/wechat/start")
    old.enter(login)
    assert new.enter(login).query["problem"] == "account_taken"
    access = old.signed_in()
    result = run(product_environment, "unbind-wechat", "23330602123456")
    assert result.exit_code == 0
    assert old.api("GET", "/me", headers=access).status_code == 401
    assert old.session() is None
    assert new.enter(login).path == "/s/welcome"
    assert old.open("/auth/wechat/start").path == "/s/login"
    assert run(product_environment, "unbind-wechat", "1").exit_code == 1


def test_a_forgotten_pin_is_set_anew_with_the_next_confirmation(
    browser: Callable[..., Browser],
    roster: Roster,
    services: Services,
    product_environment: dict[str, str],
) -> None:
    graduate, login = roster.graduate(candidate_no="23330602123457")
    one = browser()
    one.enter(login)
    headers = one.signed_in()
    etag = one.api("GET", "/me", headers=headers).headers["ETag"]
    one.act("/me/confirm", {"pin": PIN}, etag=etag, headers=headers)
    assert run(product_environment, "forget-pin", "23330602123457").exit_code == 0
    assert one.session() is None
    one.enter(login)
    headers = one.signed_in()
    me = one.api("GET", "/me", headers=headers)
    assert (me.get_json()["base"]["state"], me.get_json()["pin_set"]) == ("changed", False)
    again = one.act("/me/confirm", {"pin": "975310"}, etag=me.headers["ETag"], headers=headers)
    assert again.get_json()["base"]["state"] == "confirmed"
    assert graduate.graduate_id is not None
    with services.db.transaction() as connection:
        pins.check_pin(connection, graduate.graduate_id, services.sealer, "975310")
    assert_invariants(services)


def test_a_pin_that_was_never_set_cannot_be_forgotten(
    world: World, services: Services, product_environment: dict[str, str]
) -> None:
    graduate = make_graduate(world, confirmed=False)
    with services.db.reading() as connection:
        number = connection.scalar(select(Graduate.candidate_no).where(Graduate.id == graduate.graduate_id))
    result = run(product_environment, "forget-pin", str(number))
    assert (result.exit_code, "还没有设置操作码" in result.output) == (1, True)
