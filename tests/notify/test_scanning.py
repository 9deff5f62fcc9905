"""A binding code scanned with a phone: who scanned it is noted, and the chat leads to the page that asks."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import requests
from sqlalchemy import text

from app.identity import binding
from app.notify import callback
from app.sealing import mask_own_name
from tests.factories import World, make_graduate
from tests.notify.helpers import Post
from tests.notify.pushes import event_of, said, sealed
from tests.notify.test_conversation import pages
from tests.sandbox.running import Sandbox, eventually

Scanned = Callable[..., str]


@pytest.fixture
def push(callback_url: str) -> Scanned:
    def scanned(openid: str, scene: str, event: str = "SCAN") -> str:
        key = f"qrscene_{scene}" if event == "subscribe" else scene
        query, body = sealed(event_of(openid, event, EventKey=key, Ticket="t"))
        message = said(requests.post(callback_url, params=query, data=body, timeout=5))
        return "" if message is None else message["Content"]

    return scanned


def code(world: World) -> tuple[uuid.UUID, str]:
    """A code on somebody's screen."""
    graduate, scene = make_graduate(world, name="欧阳知夏"), binding.new_scene()
    with world.services.db.transaction() as connection:
        assert graduate.id is not None
        return binding.keep(connection, graduate.id, scene)[0], scene


def scanned_by(post: Post) -> list[str | None]:
    with post.services.db.reading() as connection:
        return list(connection.execute(text("SELECT openid FROM binding_scene ORDER BY created_at")).scalars())


def test_from_the_code_to_the_chat_over_the_platform(
    post: Post, world: World, sandbox: Sandbox, callback_url: str
) -> None:
    graduate, scene = make_graduate(world), binding.new_scene()
    url = post.services.wechat.make_code(scene, binding.LIFE)
    with world.services.db.transaction() as connection:
        binding_id, _ = binding.keep(connection, graduate.id, scene)  # type: ignore[arg-type]
    openid = sandbox.follower(following=False)
    sandbox.http.post(url, data={"openid": openid}, timeout=10, allow_redirects=False)

    def replies() -> list[Any]:
        lines = sandbox.control("GET", f"/followers/{openid}/chat")["chat"]
        return [line["body"]["text"] for line in lines if line["kind"] == "reply"]

    (words,) = eventually(replies)
    assert words.startswith("欢迎关注！") and "林*夏，江州大学" in words
    assert pages(words) == [f"/s/bind/{binding_id}"]
    assert scanned_by(post) == [openid]


def test_the_name_is_masked_and_no_number_but_the_tail_is_said(post: Post, world: World, push: Scanned) -> None:
    binding_id, scene = code(world)
    openid = "o" + "x" * 27
    words = push(openid, scene)
    assert "欧**夏，江州大学，学号尾号 " in words and "欧阳知夏" not in words
    assert push(openid, scene) == words, "scanned once more, the link comes once more"
    assert pages(words) == [f"/s/bind/{binding_id}"]


@pytest.mark.parametrize("event", ["SCAN", "subscribe"])
def test_forged_used_expired_and_foreign_codes_get_one_sentence(
    post: Post, world: World, push: Scanned, event: str
) -> None:
    first, second = "o" + "1" * 27, "o" + "2" * 27
    _, taken = code(world)
    push(first, taken)
    over = code(world)[1]
    post.execute("UPDATE binding_scene SET expires_at = now() WHERE openid IS NULL")
    told = {push(second, scene, event) for scene in ("bind-" + "A" * 43, taken, over)}
    assert len(told) == 1 and "这个绑定码已失效，或不是给你的。" in told.pop()
    assert scanned_by(post) == [first, None]


def test_a_scan_that_could_not_be_answered_in_time_still_counts(post: Post, world: World, push: Scanned) -> None:
    _, scene = code(world)
    openid = "o" + "3" * 27
    with post.services.db.transaction() as connection:
        connection.execute(text("LOCK TABLE binding_scene IN ACCESS EXCLUSIVE MODE"))
        assert push(openid, scene) == ""
        time.sleep(1)  # longer than what goes on behind the answer may wait for the lock
    assert scanned_by(post) == [None]
    post.execute("UPDATE binding_scene SET expires_at = now()")  # worked on late: it was scanned in time
    post.execute("UPDATE wechat_callback SET received_at = received_at - interval '1 minute'")
    post.receive()
    assert scanned_by(post) == [openid]


@pytest.mark.parametrize("event", ["SCAN", "subscribe"])
def test_what_is_kept_of_a_scan_lets_nobody_scan_it(post: Post, world: World, push: Scanned, event: str) -> None:
    _, scene = code(world)
    push("o" + "5" * 27, scene, event)
    push("o" + "5" * 27, "poster-12")
    (scanned, poster) = (row.content for row in post.callbacks(2))
    assert "Ticket" not in scanned and scene[5:] not in str(scanned)
    assert callback.stored_scene_of(scanned) == binding.digest(scene)
    assert (poster["EventKey"], poster["Ticket"]) == ("poster-12", "t"), "other codes are kept as they came"
    assert callback.stored_scene_of(poster) is None


def test_a_poster_s_code_welcomes_a_newcomer_and_says_nothing_to_a_follower(world: World, push: Scanned) -> None:
    openid = "o" + "4" * 27
    assert push(openid, "poster-12", "subscribe").startswith("欢迎关注！")
    assert push(openid, "poster-12") == ""


def test_a_name_is_masked_so_that_its_owner_knows_it() -> None:
    assert [mask_own_name(name) for name in ("林", "林夏", "林知夏", "欧阳知夏")] == ["林*", "林*", "林*夏", "欧**夏"]
