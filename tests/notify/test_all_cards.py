"""Every message of the catalogue can be looked at on one phone of the stand-in."""

from __future__ import annotations

from click.testing import CliRunner

from app.cli.__main__ import main
from app.cli.demo_cards import OPENID
from app.notify import catalogue
from app.notify.catalogue import desk
from tests.sandbox.running import Sandbox


def test_each_template_arrives_and_a_face_comes_once(sandbox: Sandbox, product_environment: dict[str, str]) -> None:
    command = CliRunner(env=product_environment)
    first = command.invoke(main, ["demo", "cards"], catch_exceptions=False)
    assert first.exit_code == 0, first.output
    cards = sandbox.messages(OPENID)
    assert f"已发 {len(cards)} 条" in first.output
    pushed = {f"tpl-{entry.template}" for entry in (*catalogue.ENTRIES, desk.DIGEST) if entry.template}
    assert pushed <= {card["template_id"] for card in cards}
    faces = [(card["template_id"], card["url"], str(card["data"])) for card in cards]
    assert len(set(faces)) == len(faces)
    again = command.invoke(main, ["demo", "cards"], catch_exceptions=False)
    assert again.exit_code == 0 and "已发 0 条" in again.output
