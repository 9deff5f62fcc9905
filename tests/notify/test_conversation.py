"""Whoever writes to the public account is answered at once, with the state of their own affairs alone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy import text

from app.access import Actor
from app.db import count_statements
from app.models import Verdict
from app.notify.menu import HELP, INVITATIONS, PROGRESS
from app.talk import wanted
from tests import factories
from tests.factories import World, make_employer, make_graduate, make_world, send
from tests.notify.helpers import Post
from tests.notify.pushes import ACCOUNT, event_of, said, sealed, text_of
from tests.sandbox.running import Sandbox, eventually

Ask = Callable[[str], str]
LINK = re.compile(r'<a href="([^"]+)">([^<]+)</a>')


@pytest.fixture
def ask(callback_url: str) -> Iterator[Ask]:
    """Delivers a push and returns the words that come back."""
    with requests.Session() as session:

        def deliver(content: str) -> str:
            query, body = sealed(content)
            message = said(session.post(callback_url, params=query, data=body, timeout=5))
            return "" if message is None else message["Content"]

        yield deliver


def pages(words: str) -> list[str]:
    """The pages an answer links to."""
    return [parse_qs(urlsplit(url).query)["next"][0] for url, _ in LINK.findall(words)]


SAID = {
    PROGRESS: ["进度", "我的进度", " 进 度 ", "查进度。", "进度？", "审核到哪了", "【进度】", "查询进展"],
    INVITATIONS: ["邀请", "查邀请", "我的邀请!", "签约邀请", "ＯＦＦＥＲ", "offer 呢"],
    HELP: ["帮助", "Ｈｅｌｐ", "HELP", "怎么用", "电话", "人工"],
    None: ["", "在吗", "🙂", "你好呀，今天想问一下" * 4 + "进度", "]]>", "<a>"],
}


@pytest.mark.parametrize(("topic", "words"), [(topic, one) for topic, many in SAID.items() for one in many])
def test_a_word_is_understood_however_it_is_typed(topic: str | None, words: str) -> None:
    assert wanted(words) == topic


def test_progress_says_how_it_stands_whose_turn_it_is_and_since_when_and_opens_that_very_page(
    post: Post, world: World, ask: Ask
) -> None:
    graduate, openid = post.follower(world)
    invitation = send(world, graduate)
    factories.accept(world, graduate, invitation)
    words = ask(text_of(openid, "我的进度"))
    assert "学院审核后生效，现在不用你做什么。" in words
    assert "后端开发工程师" in words and re.search(r"学院审核中，从\d+月\d+日起，最晚 \d+月\d+日", words)
    assert pages(words) == [f"/s/invitations/{invitation}"]
    factories.decide(world, world.college_office, graduate, Verdict.APPROVE)
    assert "学校审核中" in ask(text_of(openid, "进度"))
    factories.decide(world, world.school_office, graduate, Verdict.APPROVE)
    assert "你已签约成功" in ask(text_of(openid, "进度"))


def test_progress_without_anything_says_what_will_come(post: Post, world: World, ask: Ask) -> None:
    _, openid = post.follower(world)
    words = ask(text_of(openid, "进度"))
    assert words.startswith("你还没有登记去向。") and pages(words) == ["/s/me/name-card"]


def test_invitations_are_listed_by_urgency_five_at_most_and_the_rest_counted(
    post: Post, world: World, ask: Ask
) -> None:
    graduate, openid = post.follower(world)
    sent = [send(world, graduate, employer=make_employer(world), days=days) for days in (9, 3, 8, 4, 7, 5, 6)]
    words = ask(text_of(openid, "邀请"))
    assert words.startswith("你有 7 份") and "另有 2 份" in words
    urgent = [sent[index] for index in (1, 3, 5, 6, 4)]
    assert pages(words) == [*(f"/s/invitations/{one}" for one in urgent), "/s/invitations"]
    assert words.count("等你答复，") == 5 and len(re.findall(r"\d+月\d+日 23:59 截止", words)) == 5
    assert words == ask(event_of(openid, "CLICK", EventKey="invitations")), "the menu says the same"


def test_the_longest_answer_fits_into_what_wechat_takes(post: Post, world: World, ask: Ask) -> None:
    graduate, openid = post.follower(world)
    for _ in range(7):
        send(world, graduate, employer=make_employer(world, "杭" * 60), position="岗" * 30)
    assert len(ask(text_of(openid, "邀请")).encode()) <= 2048


def test_an_invitation_that_another_signing_blocks_is_said_to_be_for_looking_only(
    post: Post, world: World, ask: Ask
) -> None:
    graduate, openid = post.follower(world)
    send(world, graduate, employer=make_employer(world))
    factories.accept(world, graduate, send(world, graduate))
    assert "只能查看，暂不能答复" in ask(text_of(openid, "邀请"))
    assert "另有 1 份邀请" in ask(text_of(openid, "进度"))


def test_without_invitations_this_is_said(post: Post, world: World, ask: Ask) -> None:
    graduate, openid = post.follower(world)
    factories.refuse(world, graduate, send(world, graduate))
    assert ask(text_of(openid, "邀请")).startswith("现在没有等你答复的邀请。")


def test_help_names_the_words_and_the_school_to_call(post: Post, world: World, ask: Ask) -> None:
    _, openid = post.follower(world)
    for words in (ask(text_of(openid, "帮助")), ask(event_of(openid, "CLICK", EventKey="help"))):
        assert "「进度」" in words and "就业指导中心电话 0571-88880000（工作日）" in words


def test_what_is_not_understood_gets_short_help(post: Post, world: World, ask: Ask) -> None:
    _, openid = post.follower(world)
    for content in (text_of(openid, "在吗"), text_of(openid, "x", MsgType="image"), event_of(openid, "CLICK")):
        words = ask(content)
        assert words.startswith("没看懂。") and "0571-88880000" in words


def test_somebody_unknown_is_told_how_to_bind(sandbox: Sandbox, world: World, ask: Ask) -> None:
    openid = sandbox.follower()
    for asked in ("进度", "邀请", "帮助"):
        assert pages(ask(text_of(openid, asked))) == ["/s/"]
    assert "0571-88880000" in ask(text_of(openid, "帮助")), "there is but one school"
    make_world(world.services, code="18888")
    assert "0571" not in ask(text_of(openid, "帮助"))


def test_who_has_not_confirmed_is_sent_to_do_that_first(post: Post, world: World, ask: Ask) -> None:
    _, openid = post.follower(world, confirmed=False)
    for asked in ("进度", "邀请"):
        words = ask(text_of(openid, asked))
        assert "核对并确认基本信息" in words and pages(words) == ["/s/welcome"]


def test_after_a_correction_by_the_school_reading_stays_open_and_the_check_is_asked_for(
    post: Post, world: World, ask: Ask
) -> None:
    graduate, openid = post.follower(world, base_state="changed")
    sent = send(world, graduate)
    assert pages(ask(text_of(openid, "邀请"))) == [f"/s/invitations/{sent}", "/s/welcome"]


def test_a_disabled_account_and_a_deleted_one_are_told_so_and_nothing_else(post: Post, world: World, ask: Ask) -> None:
    graduate, openid = post.follower(world)
    send(world, graduate)
    post.execute("UPDATE account SET disabled_at = now() WHERE id = :id", id=graduate.id)
    assert ask(text_of(openid, "邀请")).startswith("你的账号已停用。")
    _, gone = post.follower(world, base_state="deleted")
    assert ask(text_of(gone, "进度")).startswith("学校删除了你的毕业信息")


def test_a_newcomer_is_welcomed_with_the_way_to_bind_and_one_who_comes_back_with_the_standing(
    post: Post, world: World, sandbox: Sandbox, ask: Ask
) -> None:
    words = ask(event_of(sandbox.follower(), "subscribe", EventKey=""))
    assert words.startswith("欢迎关注！") and pages(words) == ["/s/"]
    graduate, openid = post.follower(world)
    sent = send(world, graduate)
    words = ask(event_of(openid, "subscribe"))
    assert words.startswith("欢迎回来！") and pages(words) == [f"/s/invitations/{sent}"]


def test_events_nobody_waits_for_are_answered_with_success_alone(post: Post, world: World, ask: Ask) -> None:
    _, openid = post.follower(world)
    for event in ("unsubscribe", "VIEW", "TEMPLATESENDJOBFINISH", "SCAN", "whatever"):
        assert ask(event_of(openid, event, EventKey="poster")) == ""


def test_nobody_reads_of_another_person(post: Post, world: World, ask: Ask) -> None:
    graduate, _ = post.follower(world)
    send(world, graduate, employer=make_employer(world, "只给甲的单位"))
    _, openid = post.follower(world)
    for asked in ("进度", "邀请", "帮助", graduate.name, "330108200401010017"):
        assert "只给甲的单位" not in ask(text_of(openid, asked))


def test_a_name_can_neither_end_the_answer_nor_become_a_link(post: Post, world: World, ask: Ask) -> None:
    graduate, openid = post.follower(world)
    send(world, graduate, employer=make_employer(world, ']]><a href="//x">点</a>'), position="]]>&<b>")
    words = ask(text_of(openid, "邀请"))
    assert "]]〉〈a href" in words and "]]〉&〈b〉" in words
    assert len(LINK.findall(words)) == 1


def test_the_answer_is_addressed_back_and_a_repeat_gets_the_same_but_is_stored_once(
    post: Post, world: World, callback_url: str
) -> None:
    _, openid = post.follower(world)
    content = text_of(openid, "帮助")
    answers = []
    for _ in range(3):
        query, body = sealed(content)
        message = said(requests.post(callback_url, params=query, data=body, timeout=5))
        assert message is not None
        assert (message["FromUserName"], message["ToUserName"], message["MsgType"]) == (ACCOUNT, openid, "text")
        answers.append(message["Content"])
    assert len(set(answers)) == 1
    assert post.scalar("SELECT count(*) FROM wechat_callback") == 1


def test_an_answer_costs_one_statement_beside_its_time_limit(post: Post, world: World, ask: Ask) -> None:
    graduate, openid = post.follower(world)
    send(world, graduate)
    ask(text_of(openid, "帮助"))
    sent: list[str] = []
    stop = count_statements(post.services.db.engine, sent)
    ask(text_of(openid, "进度"))
    stop()
    assert len([one for one in sent if "set_config" not in one]) == 2, "one stores, one reads"


def test_where_the_state_cannot_be_read_in_time_the_push_is_stored_and_success_is_all(
    post: Post, world: World, ask: Ask
) -> None:
    _, openid = post.follower(world)
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE wechat_follower IN ACCESS EXCLUSIVE MODE"))
        assert ask(text_of(openid, "进度")) == ""
    assert post.scalar("SELECT count(*) FROM wechat_callback") == 1


def test_the_phone_shows_the_answer(post: Post, world: World, sandbox: Sandbox, callback_url: str) -> None:
    graduate: Actor = make_graduate(world)
    openid = sandbox.follower(graduate.name)
    post.bind(graduate, openid)
    sandbox.control("POST", f"/followers/{openid}/text", {"text": "帮助"})

    def replies() -> list[str]:
        chat = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
        return [line["body"]["text"] for line in chat if line["kind"] == "reply"]

    assert "「进度」" in eventually(replies)[0]
