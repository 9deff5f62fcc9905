"""协助回传链接 sent by the platform: to a contact without account, truthfully told, with its token kept nowhere."""

from __future__ import annotations

import base64
import uuid
from typing import Any

import pytest
from sqlalchemy import text

from app import clock
from app.access import Actor
from app.models import Verdict
from app.notify.fallback_rows import Report, settle
from app.problems import NotFound, NotNow
from app.queries import return_links as read
from app.workflows import return_link
from tests import factories, filed
from tests.factories import World
from tests.notify.gateways import TEMPLATES
from tests.notify.second_post import SecondPost
from tests.support import assert_invariants
from tests.uploads.made import make_upload

MOBILE, MAILBOX = "13700001234", "hr@jianghai.example.com"


@pytest.fixture
def graduate(world: World) -> Actor:
    """Somebody whose agreement waits to be stamped and names a mobile and a mailbox."""
    filed.open_modules(world)
    made = factories.make_graduate(world, name="林知夏")
    filed.generated(world, made, contact_mobile=MOBILE, contact_email=MAILBOX)
    return made


def give_out(world: World, graduate: Actor, *, send: bool = True) -> str:
    claim = factories.claim_of(world, graduate).id
    with world.services.db.transaction() as connection:
        return return_link.issue(connection, graduate, claim, world.sealer, send=send).token


def told(world: World, graduate: Actor) -> dict[str, str]:
    """Channel → what the graduate is told of it."""
    with world.services.db.reading() as connection:
        found = read.standing(connection, graduate, factories.claim_of(world, graduate).id)
    return {way["channel"]: way["state"] for way in found["ways"]}


def texts(second: SecondPost) -> list[Any]:
    return [sent["TemplateParamSet"] for sent in second.sms.sent]


def letter(second: SecondPost) -> str:
    return str(second.mail.arrived[-1].get_content())


def come_back(world: World, graduate: Actor, token: str) -> uuid.UUID:
    """The employer hands in through the link."""
    upload = make_upload(world, graduate)
    with world.services.db.transaction() as connection:
        link = return_link.held(connection, token).id
        values = {"id": upload, "link": link}
        connection.execute(text("UPDATE upload SET account_id = NULL, link_id = :link WHERE id = :id"), values)
        return_link.submit(connection, token, [upload], "test", world.sealer)
    with world.services.db.reading() as connection:
        query = text("SELECT id FROM filing WHERE kind = 'stamped_agreement' AND graduate_id = :graduate")
        return uuid.UUID(str(connection.scalar(query, {"graduate": graduate.graduate_id})))


def test_the_contact_is_sent_the_link_by_sms_and_by_mail(world: World, second: SecondPost, graduate: Actor) -> None:
    token = give_out(world, graduate)
    assert told(world, graduate) == {"sms": "waiting", "email": "waiting"}
    assert second.send() == 2
    (sent,) = second.sms.sent
    assert (sent["PhoneNumberSet"], sent["TemplateId"]) == ([f"+86{MOBILE}"], TEMPLATES["return_link"])
    school, until, tail = sent["TemplateParamSet"]
    assert (school, tail) == ("江州大学", token)
    assert until.endswith("日 " + until.rpartition(" ")[2])
    (mail,) = second.mail.arrived
    assert (mail["To"], mail["Subject"]) == (MAILBOX, "请协助传回盖章的就业协议书")
    assert f"/v/return#{token}" in letter(second)
    assert "林**" in letter(second) and "林知夏" not in letter(second)
    assert "不认识这名毕业生" in letter(second) and "电话" in letter(second)
    assert told(world, graduate) == {"sms": "sent", "email": "sent"}
    with world.services.db.reading() as connection:
        assert return_link.held(connection, token).employer == "杭州江海制造有限公司"
    assert_invariants(world.services)


def test_nothing_a_graduate_typed_is_sent(world: World, second: SecondPost) -> None:
    filed.open_modules(world)
    rude = {"employer_name": "骚扰有限公司", "contact_name": "骚扰", "supplement": "骚扰", "position": "骚扰"}
    made = factories.make_graduate(world, name="林知夏")
    filed.generated(world, made, contact_email=MAILBOX, **rude)
    give_out(world, made)
    second.send()
    assert "骚扰" not in str(texts(second)) + letter(second) + second.mail.arrived[-1]["Subject"]


def test_what_does_not_arrive_is_said_so_and_the_other_way_is_not_touched(
    world: World, second: SecondPost, graduate: Actor
) -> None:
    second.sms.answers = ["FailedOperation.PhoneNumberInBlacklist"]
    second.mail.refusals = ["450 come back later"]
    give_out(world, graduate)
    second.send()
    assert told(world, graduate) == {"sms": "failed", "email": "waiting"}
    second.again_now()
    second.send()
    assert told(world, graduate) == {"sms": "failed", "email": "sent"}
    assert len(second.mail.arrived) == 1


def test_a_repeated_mail_carries_the_same_link(world: World, second: SecondPost, graduate: Actor) -> None:
    token = give_out(world, graduate)
    second.send()
    second.post.execute("UPDATE fallback SET state = 'queued' WHERE channel = 'email'")
    second.again_now()
    second.send()
    assert [token in mail.get_content() for mail in second.mail.arrived] == [True, True]
    assert len({mail["Message-ID"] for mail in second.mail.arrived}) == 1


def test_the_providers_report_is_told_to_the_graduate(world: World, second: SecondPost, graduate: Actor) -> None:
    give_out(world, graduate)
    second.send()
    (sent,) = second.sms.sent
    for arrived, state in ((False, "failed"), (True, "delivered")):
        with second.services.db.transaction() as connection:
            said = Report(sent["serial"], arrived, "DELIVRD", None, clock.now())
            assert settle(connection, [said])
        assert told(world, graduate)["sms"] == state
    assert second.send() == 0


def test_a_link_that_is_over_is_not_sent(world: World, second: SecondPost, graduate: Actor) -> None:
    claim = factories.claim_of(world, graduate).id
    first = give_out(world, graduate)
    second_token = give_out(world, graduate)
    second.send()
    assert [params[2] for params in texts(second)] == [second_token]
    with world.services.db.reading() as connection, pytest.raises(NotFound):
        return_link.held(connection, first)
    second.post.execute("UPDATE fallback SET created_at = now() - interval '2 days'")
    give_out(world, graduate)
    with world.services.db.transaction() as connection:
        return_link.revoke(connection, graduate, claim)
    second.send()
    assert len(texts(second)) == 1
    assert told(world, graduate) == {"sms": "failed", "email": "failed"}


def test_who_was_faster_spares_the_employer_the_message(world: World, second: SecondPost, graduate: Actor) -> None:
    give_out(world, graduate)
    filed.submit(world, graduate, filed.draft(world, graduate, "stamped_agreement", {}))
    second.send()
    assert (texts(second), second.mail.arrived) == ([], [])


def test_the_platform_sends_twice_a_day_and_only_where_somebody_can_be_reached(
    world: World, second: SecondPost, graduate: Actor
) -> None:
    give_out(world, graduate)
    give_out(world, graduate)
    with pytest.raises(NotNow, match="一天最多请平台发两次"):
        give_out(world, graduate)
    give_out(world, graduate, send=False)
    unreachable = factories.make_graduate(world, name="沈一诺")
    filed.generated(world, unreachable, contact_mobile=None, contact_landline="0571-88886666")
    with pytest.raises(NotNow, match="没有填单位联系人的手机和邮箱"):
        give_out(world, unreachable)
    with world.services.db.reading() as connection:
        assert connection.scalar(text("SELECT count(*) FROM return_link")) == 1


def test_the_token_and_the_address_are_kept_nowhere_and_said_in_no_log(
    world: World,
    second: SecondPost,
    graduate: Actor,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    token = give_out(world, graduate)
    second.sms.answers = ["error:AuthFailure.InvalidSecretId"]
    second.send()
    second.again_now()
    second.send()
    shown = caplog.text + "".join(capsys.readouterr())
    assert not any(secret in shown for secret in (token, MOBILE, MAILBOX))
    with world.services.db.reading() as connection:
        for table in connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars():
            rows = [str(row) for row in connection.execute(text(f'SELECT r::text FROM "{table}" r')).scalars()]
            secrets = [token, base64.urlsafe_b64decode(token).hex()]
            if table not in ("claim", "filing"):  # the agreement itself names its contact
                secrets += [MOBILE, MAILBOX]
            assert not any(secret in row for row in rows for secret in secrets), table


def test_who_sent_pictures_by_a_link_is_told_that_they_are_returned_and_gets_a_fresh_link(
    world: World, second: SecondPost, graduate: Actor
) -> None:
    token = give_out(world, graduate)
    second.send()
    made = come_back(world, graduate, token)
    filed.decide(world, world.college_office, made, Verdict.RETURN, reason="公章不清楚，请重新拍照。")
    assert told(world, graduate) == {"sms": "waiting", "email": "waiting"}
    second.send()
    assert second.sms.sent[-1]["TemplateId"] == TEMPLATES["return_link_again"]
    fresh = texts(second)[-1][2]
    assert fresh != token
    assert second.mail.arrived[-1]["Subject"] == "盖章的就业协议书要重新传一次"
    with world.services.db.reading() as connection:
        held = return_link.held(connection, fresh)
        with pytest.raises(NotFound):
            return_link.held(connection, token)
    assert held.returned == {"reason": "公章不清楚，请重新拍照。", "marks": []}
    assert come_back(world, graduate, fresh) == made
    assert filed.row(world, made).round == 2
    filed.approve(world, made)
    assert factories.claim_of(world, graduate).state == "effective"


def test_a_link_the_graduate_passed_on_is_the_graduates_to_renew(
    world: World, second: SecondPost, graduate: Actor
) -> None:
    made = come_back(world, graduate, give_out(world, graduate, send=False))
    filed.decide(world, world.college_office, made, Verdict.RETURN, reason="公章不清楚。")
    assert second.send() == 0
    with world.services.db.reading() as connection:
        standing = read.standing(connection, graduate, factories.claim_of(world, graduate).id)
        assert standing["state"] == "used"
    give_out(world, graduate, send=False)
