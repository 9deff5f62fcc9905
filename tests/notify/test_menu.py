"""The account's menu is declared once and set by a command."""

from __future__ import annotations

from typing import Any

import orjson
import pytest
from click.testing import CliRunner, Result

from app.cli.__main__ import main
from app.notify.menu import HELP, INVITATIONS, PROGRESS, menu
from tests.sandbox.running import Sandbox


@pytest.fixture
def command(product_environment: dict[str, str]) -> Any:
    def run(*options: str) -> Result:
        return CliRunner(env=product_environment).invoke(main, ["wechat", "menu", *options], catch_exceptions=False)

    return run


def entries(buttons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [entry for button in buttons for entry in button.get("sub_button", [button])]


def test_it_is_set_shown_and_taken_away(command: Any, sandbox: Sandbox, product_environment: dict[str, str]) -> None:
    for _ in range(2):
        assert command().exit_code == 0
    made = sandbox.get("/cgi-bin/menu/get", access_token=sandbox.access_token())["menu"]
    assert made == menu(product_environment["QX_PUBLIC_URL"])
    assert orjson.loads(command("--show").output) == made
    assert command("--delete").exit_code == 0
    assert "没有菜单" in command("--show").output
    assert command("--show", "--delete").exit_code == 2


def test_wechat_s_refusal_is_told(command: Any, sandbox: Sandbox) -> None:
    sandbox.control("POST", "/faults", {"path": "/cgi-bin/menu/create", "errcode": 48001, "times": 1})
    result = command()
    assert result.exit_code == 1 and "48001" in result.output


def test_it_keeps_to_wechat_s_limits_and_asks_only_what_is_answered() -> None:
    buttons = menu("https://jiuye.example.edu.cn")["button"]
    assert len(buttons) <= 3 and all(len(button["name"].encode()) <= 16 for button in buttons)
    assert all(len(button.get("sub_button", [])) <= 5 for button in buttons)
    clicks = {entry["key"] for entry in entries(buttons) if entry["type"] == "click"}
    assert clicks <= {PROGRESS, INVITATIONS, HELP}
    views = [entry["url"] for entry in entries(buttons) if entry["type"] == "view"]
    assert all(url.startswith("https://jiuye.example.edu.cn/auth/wechat/start?next=/s/") for url in views)
