"""45009: what is over the day's quota waits for midnight in Beijing and is sent then, without a push being lost."""

from __future__ import annotations

from sqlalchemy import text

from app import clock
from app.notify.sender import Sender
from app.services import Services
from tests import factories
from tests.factories import World
from tests.notify.helpers import Post
from tests.sandbox.running import SEND, Sandbox

DAY = 86_400
_PAUSED_UNTIL = "SELECT until FROM sending_pause WHERE template = '' AND until > now()"


def invite(world: World, post: Post, count: int) -> None:
    for _ in range(count):
        graduate, _ = post.follower(world)
        factories.send(world, graduate)
    post.tell()


def let_midnight_come(post: Post) -> None:
    """On both sides: the stand-in's clock goes on, and what waits here has waited long enough."""
    post.sandbox.control("POST", "/clock/advance", {"seconds": DAY})
    post.execute("UPDATE sending_pause SET until = now()")
    post.again_now()


def calls(post: Post) -> int:
    return len(post.sandbox.control("GET", "/messages")["messages"])


def test_the_queue_is_held_until_midnight_and_goes_on_then(
    world: World, post: Post, sandbox: Sandbox, services: Services, sender: Sender
) -> None:
    before = calls(post)
    used = sandbox_used(sandbox)
    sandbox.set(daily_limits={SEND: used + 7})
    invite(world, post, 12)
    post.send()
    assert calls(post) - before == 7
    held = post.rows(reminder=False, state="rate_limited")
    assert held, "whoever was told that the day is used up waits"
    (midnight,) = {row.next_try_at.astimezone(clock.BEIJING).strftime("%H:%M") for row in held}
    assert midnight == "00:00"
    until = post.scalar(_PAUSED_UNTIL)
    assert until is not None and (until.astimezone(clock.BEIJING).hour, until > clock.now()) == (0, True)

    post.execute("UPDATE message SET next_try_at = now() WHERE state = 'queued' AND due_at <= now()")
    post.send()
    assert calls(post) - before == 7, "nothing is even tried while the account is paused"

    let_midnight_come(post)
    post.send()
    assert calls(post) - before == 12
    with services.db.reading() as connection:
        open_still = text("SELECT count(*) FROM message WHERE NOT reminder AND state <> 'sent'")
        assert connection.scalar(open_still) == 0


def sandbox_used(sandbox: Sandbox) -> int:
    """Template messages of the stand-in's day so far, as quota/get says."""
    answer = sandbox.call("/cgi-bin/openapi/quota/get", {"cgi_path": SEND})
    return int(answer["quota"]["used"])
