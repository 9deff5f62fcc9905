"""What whoever is on duty sees and sets going again, from a terminal; never a name, a number or an openid."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner

from app import jobs
from app.cli.__main__ import main
from app.cli.screen import width
from app.services import Services
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.notify.stuck import ID_NUMBER, poison
from tests.sandbox.running import APP_ID, SEND, Sandbox

Run = Callable[..., str]
PERSONAL = ("林知夏", ID_NUMBER, "o-secret", "13912345678", "杭州远岸")


@pytest.fixture
def run(product_environment: dict[str, str]) -> Run:
    """Runs ``notices …`` as an operator would; returns what was printed."""

    def call(*arguments: Any, exit_code: int = 0) -> str:
        given = ["notices", *map(str, arguments)]
        result = CliRunner(env=product_environment).invoke(main, given, catch_exceptions=False)
        assert result.exit_code == exit_code, result.output
        assert not any(word in result.output for word in PERSONAL)
        return result.output

    return call


def line(screen: str, label: str) -> str:
    (found,) = [row for row in screen.splitlines() if row.strip().startswith(label)]
    return found


def test_one_screen_says_how_everything_stands(world: World, post: Post, services: Services, run: Run) -> None:
    graduate, _ = post.follower(world)
    sent = factories.send(world, graduate)
    factories.sign(world, factories.make_graduate(world))
    factories.move_deadline(world, sent, -7200)
    jobs.Clockwork(services, jobs.STEPS[:1]).tick()
    late = factories.send(world, factories.make_graduate(world))
    factories.move_deadline(world, late, -40)
    poison(post, late)
    today = "(now() AT TIME ZONE 'Asia/Shanghai')::date"
    post.execute(
        f"INSERT INTO sending_count (app_id, day, channel, code, calls) VALUES (:app, {today}, 'wechat', '0', 96000),"
        f" (:app, {today}, 'wechat', '40037', 3), (:app, {today}, 'sms', 'Ok', 4)",
        app=APP_ID,
    )
    post.execute(
        f"INSERT INTO sending_quota (app_id, day, daily_limit, used) VALUES (:app, {today}, 100000, 95990)", app=APP_ID
    )
    post.execute(
        "INSERT INTO sending_pause (app_id, template, until, errcode, errmsg, rid)"
        " VALUES (:app, 'review_result', now() + interval '5 minutes', 40037, 'invalid template_id', '66aa-bb-cc')",
        app=APP_ID,
    )
    screen = run("status")
    assert "96,000" in line(screen, "微信 0") and "等送达回执" in line(screen, "微信 0")
    assert "unknown template" in line(screen, "微信 40037")
    assert "上限 100,000 的 96%" in line(screen, "今天已用")
    assert "rid 66aa-bb-cc" in line(screen, "微信 review_result")
    assert "最迟晚" in line(screen, "邀请到期")
    assert line(screen, "半小时没有回执").split()[-1] == "0"
    for kind in ("事件  ", "微信回调  ", "到期邀请", "文件  "):
        rows = [
            row for row in screen.splitlines() if row.strip().startswith(kind.strip()) and "notices poisoned" in row
        ]
        assert len(rows) == 1 and re.search(r"\b1\b", rows[0]), kind


def test_the_screen_is_aligned_where_chinese_characters_take_two_columns(services: Services, run: Run) -> None:
    jobs.Clockwork(services).tick()
    screen = run("status")
    block = screen.partition("时钟\n")[2].partition("\n\n")[0].splitlines()
    assert len(block) == len(jobs.STEPS)
    assert len({width(row.partition("用时")[0]) for row in block}) == 1


def test_the_screen_of_a_system_that_never_ran_says_so(run: Run) -> None:
    screen = run("status")
    assert "从来没有 sweeper 进程运行过" in screen
    assert "notices quota" in screen


def test_what_is_stuck_is_listed_with_its_reason_and_without_persons(world: World, post: Post, run: Run) -> None:
    assert run("poisoned") == "没有卡住的行。\n"
    late = factories.send(world, factories.make_graduate(world))
    factories.move_deadline(world, late, -40)
    factories.sign(world, factories.make_graduate(world))
    poison(post, late)
    listed = run("poisoned")
    assert [row.split()[0] for row in listed.splitlines()[1:]] == ["事件", "微信回调", "到期邀请", "文件"]
    assert "DataError: (psycopg.errors.X) bad value … of Key" in listed and "DETAIL" not in listed
    assert "no glyph for U+3659" in listed and str(late) in listed


def test_what_is_stuck_is_tried_again_when_told(world: World, post: Post, services: Services, run: Run) -> None:
    late = factories.send(world, factories.make_graduate(world))
    factories.move_deadline(world, late, -40)
    factories.sign(world, factories.make_graduate(world))
    poison(post, late)
    jobs.Clockwork(services).tick()
    assert factories.row(world, late).state == "pending"
    said = run("retry", "all")
    assert said.count("1 行马上再试") == 4
    jobs.Clockwork(services).tick()
    assert factories.row(world, late).state == "expired"
    assert post.scalar("SELECT count(*) FROM event WHERE fanned_out_at IS NULL") == 0
    assert post.scalar("SELECT count(*) FROM wechat_callback WHERE handled_at IS NULL") == 0
    assert post.scalar("SELECT count(*) FROM document WHERE state = 'due' AND attempts = 0 AND due_at <= now()") == 1
    assert "0 行" in run("retry", "event")


def test_one_row_is_tried_again_by_its_number(world: World, post: Post, run: Run) -> None:
    for _ in range(2):
        factories.send(world, factories.make_graduate(world))
    post.execute("UPDATE event SET put_off_until = now() + interval '10 minutes', fault = 'x'")
    one = post.scalar("SELECT min(id) FROM event")
    assert "事件：1 行" in run("retry", "event", one)
    assert post.scalar("SELECT count(*) FROM event WHERE put_off_until > now()") == 1
    assert "没有这样一行" in run("retry", "event", one, exit_code=1)
    assert "没有这样一行" in run("retry", "document", uuid.uuid4(), exit_code=1)
    assert "no number of a deadline" in run("retry", "deadline", "seven", exit_code=2)
    assert "all takes no number" in run("retry", "all", "7", exit_code=2)


def test_sending_goes_on_when_the_pause_is_ended(world: World, post: Post, sandbox: Sandbox, run: Run) -> None:
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    sandbox.control("POST", "/faults", {"path": SEND, "errcode": 45009, "times": 1})
    post.go_round()
    message = post.row(kind="invitation.received")
    assert (message.state, post.scalar("SELECT count(*) FROM sending_pause WHERE until > now()")) == ("rate_limited", 1)
    post.send()
    assert post.cards(openid) == [], "until midnight"
    said = run("resume")
    assert "整个账号" in said and "1 条马上再发" in said
    post.send()
    assert len(post.cards(openid)) == 1
    assert "没有正在生效的暂停" in run("resume", exit_code=1)


def test_one_template_goes_on_and_the_others_stay_paused(post: Post, run: Run) -> None:
    for template in ("review_result", "answer_changed"):
        post.execute(
            "INSERT INTO sending_pause (app_id, template, until, errcode, errmsg)"
            " VALUES (:app, :template, now() + interval '5 minutes', 40037, 'gone')",
            app=APP_ID, template=template,
        )  # fmt: skip
    assert "review_result" in run("resume", "--template", "review_result")
    assert post.scalar("SELECT template FROM sending_pause WHERE until > now()") == "answer_changed"


def test_the_whole_life_of_a_message_is_shown_without_what_it_says(world: World, post: Post, run: Run) -> None:
    graduate, openid = post.follower(world)
    factories.send(world, graduate)
    post.go_round()
    message = post.row(kind="invitation.received")
    post.execute(
        "INSERT INTO fallback (id, message_id, channel, state, code, words)"
        " VALUES (gen_random_uuid(), :id, 'sms', 'failed', 'LimitExceeded', 'too many to 13912345678')",
        id=message.id,
    )
    shown = run("show", message.id)
    assert f"事件      {message.event_id}" in shown
    for label, word in (("状态", "sent"), ("返回码", "0"), ("请求", "test"), ("msgid", str(message.wechat_msgid))):
        assert any(row.split()[:2] == [label, word] for row in shown.splitlines()), label
    assert "备用通道 · 短信" in shown and "LimitExceeded" in shown
    assert openid not in shown and message.title not in shown
    assert "没有这条消息" in run("show", uuid.uuid4(), exit_code=1)


def test_wechat_is_asked_for_the_days_quota_and_its_answer_kept(post: Post, sandbox: Sandbox, run: Run) -> None:
    said = run("quota")
    row = post.scalar("SELECT to_jsonb(q) FROM sending_quota q WHERE app_id = :app", app=APP_ID)
    assert f"上限 {row['daily_limit']:,}，已用 {row['used']:,}" in said
    sandbox.control("POST", "/faults", {"path": "/cgi-bin/openapi/quota/get", "errcode": 48001, "times": 1})
    assert "微信拒绝了查询：48001" in run("quota", exit_code=1)
    assert "上限" in run("quota"), "asked again, the row is renewed"
