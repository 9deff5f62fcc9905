"""The demo's people, loaded through the product's own doors; the story it plays is the browser test's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import func, select

from app.cli import demo_data, sample
from app.cli.__main__ import main
from app.cli.sample_people import STARS
from app.identity import passwords
from app.models import Claim, Filing, Graduate, Invitation, WechatFollower
from app.services import Services
from tests.identity.browsing import Browser
from tests.sandbox.running import Sandbox
from tests.support import assert_invariants

pytestmark = pytest.mark.timeout(300)


def run(environment: dict[str, str], *arguments: str) -> Result:
    result = CliRunner(env=environment).invoke(main, ["demo", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result


def counted(services: Services) -> dict[str, int]:
    tables = (Graduate, Invitation, Claim, Filing, WechatFollower)
    with services.db.reading() as connection:
        return {
            str(table.__tablename__): connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in tables
        }


def test_a_university_full_of_people_is_loaded_once(
    services: Services,
    sandbox: Sandbox,
    product_environment: dict[str, str],
    browser: Callable[..., Browser],
) -> None:
    first = run(product_environment, "load")
    assert f"{sample.COUNT} 人" in first.output
    found = counted(services)
    assert found["graduate"] == sample.COUNT
    assert found["invitation"] == len(demo_data.OFFERS)
    run(product_environment, "load")
    run(product_environment, "meet")
    assert counted(services) == found
    assert_invariants(services)
    with services.db.reading() as connection:
        states = connection.execute(select(Filing.state)).scalars().all()
    assert Counter(states) == {"college_review": 1, "school_review": 1, "approved": 1}
    for reviewer in demo_data.REVIEWERS:
        assert passwords.check(services.db, reviewer.login, demo_data.PASSWORD)
    everybody_gets_in(browser)


def everybody_gets_in(browser: Callable[..., Browser]) -> None:
    """By phone who has one, by CHSI who has none; and the two who are there to fail do fail."""
    for star in STARS:
        phone = browser(star.openid or None)
        known = star.name in demo_data.ENTERED
        at = phone.open("/auth/wechat/start?next=/s/") if star.openid else None
        if at is None or at.path == "/s/login":
            phone.open("/auth/chsi/start?next=/s/")
            at = phone.log_in(star.login, demo_data.PASSWORD)
        assert at.path == ("/s/" if known else "/s/welcome"), star
        session = phone.session()
        assert session is not None
        assert session["account"]["name"] == star.name
    for misfit in demo_data.MISFITS:
        one = browser()
        one.open("/auth/chsi/start?next=/s/")
        at = one.log_in(misfit.login, demo_data.PASSWORD)
        assert at.query["problem"] == ("name_differs" if misfit.like else "not_on_roster")


def test_without_the_stand_in_the_rest_is_loaded_all_the_same(
    services: Services, product_environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sample.write, "__defaults__", (200,))
    result = run(product_environment, "load")
    assert "还没有启动" in result.output
    assert counted(services) == {
        "graduate": 200,
        "invitation": 0,
        "claim": 0,
        "filing": 0,
        "wechat_follower": sum(bool(star.openid) for star in STARS if star.name in demo_data.ENTERED),
    }


def test_known_passwords_do_not_go_into_production(product_environment: dict[str, str]) -> None:
    secure = dict.fromkeys(("QX_PUBLIC_URL", "WECHAT_API_URL", "WECHAT_OPEN_URL", "CHSI_CAS_URL"), "https://qx.example")
    environment = product_environment | secure | {"QX_ENV": "production"}
    for command in ("load", "meet", "play"):
        result = CliRunner(env=environment).invoke(main, ["demo", command])
        assert result.exit_code == 1, result.output


def test_the_log_ins_name_everybody(product_environment: dict[str, str]) -> None:
    shown = run(product_environment, "logins").output
    for name in (demo_data.PASSWORD, demo_data.PIN, "zhoumin", "chenlaoshi", "fanglaoshi", "linzhixia"):
        assert name in shown
